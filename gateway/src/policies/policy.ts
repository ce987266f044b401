import type { Exchange } from '../exchange';

/** `answered`: the policy sees to the answer itself; else the next one is asked. */
export type Outcome = 'next' | 'answered';

/** One step of the pipeline. Refuses by throwing a Problem. */
export type Policy = (exchange: Exchange) => Outcome | Promise<Outcome>;

/** The policies by the names that `gateway.config.yml` gives them. */
export type Policies = Readonly<Record<string, Policy>>;
