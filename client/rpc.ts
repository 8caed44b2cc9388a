import { isGrpcServiceError, ServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';

/** gRPC statuses that mean "not now": the server restarts, or no worker answers a query. */
const TRANSIENT = new Set(['4', '8', '9', '14']);

/** Limits everything `call` asks of the server, so that a display never freezes on one question. */
export function within<T>(client: Client, milliseconds: number, call: () => Promise<T>): Promise<T> {
  return client.withDeadline(Date.now() + milliseconds, call);
}

/** Whether asking again later can help: deadline, exhausted resource, no worker polling, server away. */
export function isTransient(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return false;
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && TRANSIENT.has(String(cause.code));
}
