import { exchangeOf } from './exchange';
import type { Outcome, Policies, Policy } from './policies/policy';
import type { IncomingMessage, ServerResponse } from 'node:http';

type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/** What express-gateway hands to a plugin, as far as this one needs it. */
interface PluginContext {
  registerPolicy(policy: { readonly name: string; readonly schema: object; readonly policy: () => Middleware }): void;
}

/**
 * express-gateway loads a plugin by the name of its module and gives it nothing but its own configuration, so the policies
 * are left here beforehand. One gateway runs per process anyway: express-gateway keeps its own state in modules too.
 */
let policies: Policies = {};

export const usePolicies = (chosen: Policies): void => {
  policies = chosen;
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
