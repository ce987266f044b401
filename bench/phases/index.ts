import type { Phase } from '../suite/phase';
import { background } from './background';
import { calendar } from './calendar';
import { catchUp } from './catch-up';
import { claims } from './claims';
import { contention } from './contention';
import { delivery } from './delivery';
import { disk } from './disk';
import { growth } from './growth';
import { intake } from './intake';
import { lag } from './lag';
import { lists } from './lists';
import { logins } from './logins';
import { mixed } from './mixed';
import { recount } from './recount';
import { verification } from './verification';

/** In the order in which they run: later ones write to the realistic log that earlier ones read. */
export const PHASES: readonly Phase[] = [
  claims,
  contention,
  delivery,
  growth,
  intake,
  calendar,
  recount,
  logins,
  catchUp,
  verification,
  lists,
  disk,
  mixed,
  lag,
  background,
];
