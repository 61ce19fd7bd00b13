/** From the Stirling series on, its terms are below the precision of a double. */
const SERIES_FROM = 12;

/** ln Γ(x) for x > 0, to about 14 digits: Stirling's series, reached by the recurrence Γ(x + 1) = x Γ(x). */
export function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  while (at < SERIES_FROM) {
    shift += Math.log(at);
    at += 1;
  }
  const inverse = 1 / at ** 2;
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / at;
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
