export { type AddressGuard, type AddressGuardOptions, createAddressGuard, type Resolve } from './address-guard.ts';
export { type AwsCredentials, type AwsRequest, awsSignature } from './aws-signature.ts';
export {
  type Admission,
  type Breaker,
  type BreakerPlan,
  type BreakerState,
  type CallResult,
  createBreaker,
} from './breaker.ts';
export {
  authHeaders,
  createSecretReader,
  type HttpAuthPlan,
  httpAuth,
  type ReadSecret,
  type SecretPlace,
  secretPlace,
} from './http-auth.ts';
export {
  createHttpClient,
  type HttpAnswer,
  type HttpCall,
  type HttpClient,
  type HttpClientOptions,
  retryAfterMs,
} from './http-client.ts';
export { spread } from './spread.ts';
export { createWebhookSigner, type WebhookSigner } from './standard-webhook.ts';
