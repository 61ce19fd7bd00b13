import type { CompiledTrigger } from './model.ts';

/** Whether the trigger fires by a timer: an absence, a missing answer, a day of the customer. Not one that is unknown. */
export function isTimed(trigger: Pick<CompiledTrigger, 'on'> | undefined): boolean {
  return trigger !== undefined && trigger.on === undefined;
}
