import { upcast } from '@rewards/contracts';
import { runVerification } from '@rewards/projections/dist/threads/verification';
import { openFaultyEngines } from './faulty-engines';

void runVerification(openFaultyEngines, upcast);
