import type { Exchange } from '../exchange';

/** `answered` if the policy handles the response itself, `next` to continue with the next policy. */
export type Outcome = 'next' | 'answered';

/** One step of the pipeline. Rejects a request by throwing a Problem or a Rejected. */
export type Policy = (exchange: Exchange) => Outcome | Promise<Outcome>;

/** The policies by their names in `gateway.config.yml`. */
export type Policies = Readonly<Record<string, Policy>>;
