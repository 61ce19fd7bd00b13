import { ROLES, type Role } from '@holdfast/access';

/** Open to whoever reaches the port: probes and documents, which say nothing of anybody. */
export const PUBLIC = 'public';

export type Access = typeof PUBLIC | readonly Role[];

const DESK: Access = ['agent', 'supervisor'];
/** They decide to which systems personal data is sent. */
const SUBSCRIBERS: Access = ['operator', 'supervisor'];
const CUSTOMER_READERS: Access = ['agent', 'supervisor', 'marketer', 'operator', 'auditor'];

/**
 * Who may use which route: the only place that says so. A route that is not listed is not served (`guardRoutes`), and
 * one that is listed and not there is found by `access.test.ts`. Addresses of TM Forum interfaces are listed under the
 * prefix they have by default.
 */
export const ACCESS: Readonly<Record<string, Access>> = {
  'GET /livez': PUBLIC,
  'GET /readyz': PUBLIC,
  'GET /metrics': PUBLIC,

  'GET /openapi.json': PUBLIC,
  'GET /asyncapi.json': PUBLIC,
  'GET /docs': PUBLIC,
  'GET /docs/': PUBLIC,
  'GET /docs/js/scalar.js': PUBLIC,
  'GET /docs/openapi.json': PUBLIC,
  'GET /docs/openapi.yaml': PUBLIC,

  'POST /v1/events': ['producer'],
  'POST /tmf-api/usageManagement/v4/usage': ['producer'],
  'POST /tmf-api/productInventory/v4/listener/productCreateEvent': ['producer'],
  'POST /tmf-api/productInventory/v4/listener/productAttributeValueChangeEvent': ['producer'],
  'POST /tmf-api/productInventory/v4/listener/productStateChangeEvent': ['producer'],
  'POST /tmf-api/productInventory/v4/listener/productDeleteEvent': ['producer'],

  'GET /v1/alerts': DESK,

  'POST /v1/outcomes': DESK,

  'POST /tmf-api/partyInteraction/v4/partyInteraction': DESK,
  'GET /tmf-api/partyInteraction/v4/partyInteraction': DESK,
  'GET /tmf-api/partyInteraction/v4/partyInteraction/:id': DESK,
  'PATCH /tmf-api/partyInteraction/v4/partyInteraction/:id': DESK,
  'DELETE /tmf-api/partyInteraction/v4/partyInteraction/:id': ['supervisor'],
  'POST /tmf-api/partyInteraction/v4/hub': ['operator', 'supervisor'],
  'DELETE /tmf-api/partyInteraction/v4/hub/:id': ['operator', 'supervisor'],

  'POST /v1/recommendations': DESK,
  'POST /tmf-api/recommendationManagement/v4/queryProductRecommendation': DESK,
  'GET /tmf-api/recommendationManagement/v4/queryProductRecommendation': DESK,
  'GET /tmf-api/recommendationManagement/v4/queryProductRecommendation/:id': DESK,
  'POST /tmf-api/recommendationManagement/v4/hub': ['supervisor', 'operator'],
  'DELETE /tmf-api/recommendationManagement/v4/hub/:id': ['supervisor', 'operator'],

  'GET /v1/work-items': DESK,
  'GET /v1/work-items/:id': DESK,
  'POST /v1/work-items': DESK,
  'POST /v1/work-items/claim-next': DESK,
  'POST /v1/work-items/:id/claim': DESK,
  'POST /v1/work-items/:id/renew': DESK,
  'POST /v1/work-items/:id/release': DESK,
  'POST /v1/work-items/:id/snooze': DESK,
  'POST /v1/work-items/:id/hand-over': DESK,
  'POST /v1/work-items/:id/finish': DESK,
  'POST /v1/work-items/:id/reopen': ['supervisor'],

  'GET /v1/subscriptions': SUBSCRIBERS,
  'POST /v1/subscriptions': SUBSCRIBERS,
  'GET /v1/subscriptions/:id': SUBSCRIBERS,
  'PATCH /v1/subscriptions/:id': SUBSCRIBERS,
  'DELETE /v1/subscriptions/:id': SUBSCRIBERS,
  'POST /v1/subscriptions/:id/rotate-secret': SUBSCRIBERS,
  'POST /v1/subscriptions/:id/test': SUBSCRIBERS,
  'GET /v1/subscriptions/:id/deliveries': SUBSCRIBERS,
  'POST /v1/subscriptions/:id/deliveries/:messageId/resend': SUBSCRIBERS,

  'GET /v1/customers/:customerId': CUSTOMER_READERS,
  'GET /v1/customers/:customerId/timeline': CUSTOMER_READERS,
  'GET /v1/customers/:customerId/why': CUSTOMER_READERS,
  'GET /v1/customers/:customerId/export': ['operator', 'auditor'],
  'POST /v1/customers/:customerId/consents': DESK,
  'POST /v1/customers/:customerId/erase': ['operator'],
  'GET /v1/erasures/:erasureId': ['operator'],
};
export type { Role };
export { CUSTOMER_READERS, DESK, ROLES, SUBSCRIBERS };
