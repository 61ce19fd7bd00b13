import { parseArgs } from 'node:util';
import { fight } from './battle.ts';
import { reportOf } from './battle-report.ts';
import { PROCESS_FAULTS, SERVER_FAULTS } from './nemesis.ts';
import { fightForDeliveries } from './provider/battle.ts';
import { deliveryReportOf } from './provider/report.ts';

const USAGE = 'node test/integrity/long-run.ts [--deliveries] [--minutes 30] [--seed N] [--rate 150]';

const { values } = parseArgs({
  options: {
    deliveries: { type: 'boolean' },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    rate: { type: 'string' },
  },
});
const number = (text: string | undefined, otherwise: number): number => {
  const value = text === undefined ? otherwise : Number(text);
  if (!(value > 0)) throw new Error(USAGE);
  return value;
};
const seed = number(values.seed, Date.now() % 1_000_000);
const minutes = number(values.minutes, 30);
console.log(`nemesis for ${minutes} min, seed ${seed}`);
const [seconds, perSecond] = [minutes * 60, number(values.rate, 150)];
const findings = values.deliveries ? await runDeliveries() : await runWorkers();
process.exitCode = Object.keys(findings).length === 0 ? 0 : 1;

async function runWorkers() {
  const battle = await fight({ seed, seconds, perSecond, faults: [PROCESS_FAULTS, SERVER_FAULTS] });
  console.log(reportOf(battle, seed));
  return battle.findings;
}

async function runDeliveries() {
  const battle = await fightForDeliveries({ seed, seconds, perSecond });
  console.log(deliveryReportOf(battle, seed));
  return battle.findings;
}
