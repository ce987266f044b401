import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { CLIENT_NETWORK } from '@rewards/contracts';
import type { Request } from '@rewards/service-kit/request-context';

const MAX_LENGTH = 64;

/**
 * Where the request comes from, as a parameter of a handler: the network that the gateway names, or else the address that
 * connects. Only this service's own network can reach it without the gateway.
 */
export const ClientNetwork = createParamDecorator((_: unknown, execution: ExecutionContext): string => {
  const { headers, ip } = execution.switchToHttp().getRequest<Request>();
  const named = headers[CLIENT_NETWORK];
  return typeof named === 'string' && named !== '' ? named.slice(0, MAX_LENGTH) : ip;
});
