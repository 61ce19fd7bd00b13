import { readChannelFile } from '../src/channels/channel-file.ts';
import { openChannel } from '../src/channels/open-channel.ts';
import type { Channel } from '../src/ports.ts';
import type { ProviderReport, ReportTaker } from '../src/reports/report-taker.ts';

/** A secret that serves wherever one is named: base64 for signatures, any text for passwords. */
export const SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** Opens one channel of this plan (YAML, flow style); its provider's reports are written down. */
export function openedChannel(name: string, plan: string, taken: Awaited<ReturnType<ReportTaker['take']>> = 'taken') {
  const reports: ProviderReport[] = [];
  const text = `directory: { file: { path: none } }\nchannels: { ${name}: { ${plan} } }`;
  const { channels, secret } = readChannelFile(text, () => SECRET);
  const found = channels[name];
  if (found === undefined) throw new Error(`there is no channel ${name}`);
  const channel: Channel = openChannel(name, found, secret, {
    feed: { append: async () => ({ kind: 'appended' }) },
    alertOf: () => ({}),
    reports: {
      async take(report) {
        reports.push(report);
        return taken;
      },
    },
    now: () => Date.now(),
  });
  return { channel, reports };
}
