export type { EventResult } from './event-intake.ts';
export type { Gateway, GatewayDeps, GatewayOptions } from './gateway.ts';
export { createGateway } from './gateway.ts';
