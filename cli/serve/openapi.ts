// The OpenAPI document, from the table of routes that is served. Source: OpenAPI 3.1. Caveat: it describes; what a request may be is decided by the
// code that reads it.
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';
import { ref, SCHEMAS } from './schemas.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'the request has not the form that this address takes',
  401: 'the key is missing or wrong',
  404: 'there is no such model or job',
  409: 'its state does not allow that, or a limit of what is kept is reached',
  413: 'the request is too large',
  422: 'the model or an input is refused',
  429: 'too many requests; Retry-After says how long to wait',
  500: 'a bug',
  503: 'busy, full or stopping, or its data folder fails; nothing was taken',
};

const errorAnswer = (status: number): unknown => ({
  description: TITLES[status],
  content: { 'application/json': { schema: ref('Error') } },
});

const contentOf = (content: Readonly<Record<string, unknown>> | undefined): object =>
  content ? { content: Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }])) } : {};

function operationOf({ name, summary, open, parameters = [], body, answers, errors = [] }: Route): unknown {
  const always = open ? [429, 500] : [401, 429, 500, 503];
  return {
    operationId: name,
    summary,
    ...(open && { security: [] }),
    parameters: parameters.map(({ name, in: place, describe, schema }) => ({
      name,
      in: place,
      description: describe,
      schema,
      ...(place === 'path' && { required: true }),
    })),
    ...(body && { requestBody: { required: true, ...contentOf(body) } }),
    responses: {
      ...Object.fromEntries([...new Set([...errors, ...always])].map((status) => [status, errorAnswer(status)])),
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { describe, content }]) => [status, { description: describe, ...contentOf(content) }]),
      ),
    },
  };
}

/** the page and what it loads, described once: its files have names of the build */
const PAGE = {
  get: {
    operationId: 'page',
    summary: 'The page: proves and verifies in the browser by itself, and walks through traces',
    security: [],
    responses: { 200: { description: 'HTML, which loads the files beside it', content: { 'text/html': { schema: { type: 'string' } } } } },
  },
} as const;

/** @param hasPage it is shown at `/` */
export function openApiDocument(version: string, keyed: boolean, hasPage = false): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'zkvm serve',
      version,
      description: 'Proves what a neural network computed. Proofs hide nothing: they hold input and output in clear.',
    },
    ...(keyed && { security: [{ key: [] }] }),
    paths: { ...(hasPage && { '/': PAGE }), ...paths },
    components: { schemas: SCHEMAS, ...(keyed && { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } }) },
  };
}
