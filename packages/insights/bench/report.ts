/** The report of a simulated campaign and a comparison of its months, as in the README. `node packages/insights/bench/report.ts` */
import { exampleText } from '../test/example-text.ts';

process.stdout.write(exampleText());
