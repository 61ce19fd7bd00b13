export type { Dispatcher, DispatcherDeps, DispatcherOptions } from './dispatcher.ts';
export { createDispatcher } from './dispatcher.ts';
export type { Channel, Contact, SendAnswer } from './ports.ts';
