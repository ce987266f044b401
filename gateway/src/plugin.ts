import { exchangeOf } from './exchange';
import type { Outcome, Policies, Policy } from './policies/policy';
import type { IncomingMessage, ServerResponse } from 'node:http';

type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/** The part of express-gateway's plugin context that this plugin uses. */
interface PluginContext {
  registerPolicy(policy: { readonly name: string; readonly schema: object; readonly policy: () => Middleware }): void;
}

/**
 * The policies to register. express-gateway loads a plugin by its module name and passes only configuration, so the policies are
 * set here beforehand. Module state is acceptable: express-gateway also has module state, so a process runs only one gateway.
 */
let policies: Policies = {};

export const usePolicies = (registered: Policies): void => {
  policies = registered;
};

const toMiddleware =
  (policy: Policy): Middleware =>
  (request, _response, next) => {
    const proceed = (outcome: Outcome) => {
      if (outcome === 'next') next();
    };
    try {
      const outcome = policy(exchangeOf(request));
      if (typeof outcome === 'string') proceed(outcome);
      else outcome.then(proceed, next);
    } catch (error) {
      next(error);
    }
  };

const schemaOf = (name: string) => ({ $id: `urn:login-rewards:policy:${name}`, type: 'object' });

export const version = '1.2.0';
export const schema = schemaOf('plugin');

/** Called by express-gateway. */
export const init = (context: PluginContext): void => {
  for (const [name, policy] of Object.entries(policies)) {
    context.registerPolicy({ name, schema: schemaOf(name), policy: () => toMiddleware(policy) });
  }
};
