/** Numbers the contents of all slots there are, so that what was worked out for one is not taken for another's. */
let editions = 0;
export function nextEdition(): number {
  editions += 1;
  return editions;
}
