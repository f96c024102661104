// What an address of the service is: method, path, what it takes and gives, and what it does. The routes (routes.ts) are a table of these; the HTTP
// side (app.ts) and the OpenAPI document (openapi.ts) are made from it. Source: OpenAPI 3.1. Caveat: types only, and what answers share.
import type { Log } from './log.ts';
import type { Service } from './service.ts';

export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  describe: string;
  schema: Schema;
}

/** What a handler sees of a request. */
export interface Call {
  service: Service;
  log: Log;
  /** of the path */
  parameter(name: string): string;
  query(name: string): string | undefined;
  header(name: string): string | undefined;
  /** all of the body. @throws ZK0913 beyond the route's limit */
  body(): Promise<Uint8Array<ArrayBuffer>>;
  /** aborted when the client is gone */
  signal: AbortSignal;
}

export interface Event {
  event: string;
  data: unknown;
}

export type Answer =
  | { status: number; json: unknown; headers?: Readonly<Record<string, string>> }
  | { status: number; bytes: Uint8Array<ArrayBuffer>; type: string; headers?: Readonly<Record<string, string>> }
  | { status: 200; events: AsyncIterable<Event> }
  | { status: 204 };

export interface Route {
  method: 'get' | 'post' | 'delete';
  /** parameters in braces, as OpenAPI writes them */
  path: string;
  /** operation id */
  name: string;
  summary: string;
  /** answered without a key */
  open?: boolean;
  parameters?: readonly Parameter[];
  /** schema by content type; bodies of routes without one are not read */
  body?: Readonly<Record<string, Schema>>;
  /** the limit of its body */
  limit?: 'max-body' | 'max-input';
  answers: Readonly<Record<number, { describe: string; content?: Readonly<Record<string, Schema>> }>>;
  /** statuses of errors beside those that every route may give */
  errors?: readonly number[];
  run(call: Call): Promise<Answer>;
}
