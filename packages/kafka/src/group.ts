import type { ClientOptions, KafkaLogger } from './client.ts';
import { withAdmin } from './topics.ts';

/** Deletes a group made for one reading. One left behind is an untidiness for lag tools, not a failure of the reading. */
export async function deleteGroup(
  options: ClientOptions,
  groupId: string,
  deps: { readonly logger?: KafkaLogger } = {},
): Promise<void> {
  try {
    await withAdmin(options, deps, (admin) => admin.deleteGroups([groupId]));
  } catch (thrown) {
    deps.logger?.debug({ err: thrown, groupId }, 'the reading group was not deleted');
  }
}
