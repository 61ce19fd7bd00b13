import { createHash } from 'node:crypto';
import { asyncApiDocument } from '@holdfast/events';
import scalar from '@scalar/fastify-api-reference';
import type { Face, HttpApp } from '../http/face.ts';

/** Documents of all interfaces, and a page that shows them. Nothing in them is about anybody. */
export function documentsFace(): Face {
  return { name: 'documents', routes };
}

/** The page works from this server alone; it styles its elements itself. */
function pagePolicy(html: string): string {
  const inline = [...html.matchAll(/<script type="text\/javascript">(.*?)<\/script>/gs)].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `script-src 'self' ${inline.join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const PAGE = {
  pageTitle: 'Holdfast',
  sources: [
    { title: 'HTTP', slug: 'http', url: '/openapi.json', default: true },
    { title: 'Kafka', slug: 'kafka', url: '/asyncapi.json' },
  ],
  withDefaultFonts: false,
  hideClientButton: true,
  showDeveloperTools: 'never' as const,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
};

function routes(app: HttpApp): void {
  const topics = JSON.stringify(asyncApiDocument({ title: 'Holdfast', version: '1' }));
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.get('/asyncapi.json', { schema: { hide: true } }, async (_request, reply) => {
    reply.type('application/json; charset=utf-8').serializer((text: unknown) => String(text));
    return topics;
  });
  app.register(async (scope) => {
    scope.addHook('onSend', async (_request, reply, payload) => {
      const isPage = String(reply.getHeader('content-type')).startsWith('text/html');
      if (isPage) reply.header('content-security-policy', pagePolicy(String(payload)));
      return payload;
    });
    await scope.register(scalar, { routePrefix: '/docs', configuration: PAGE });
  });
}
