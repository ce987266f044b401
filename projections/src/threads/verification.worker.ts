import { upcast } from '@rewards/contracts';
import { openEngines } from './open-engines';
import { runVerification } from './verification';

void runVerification(openEngines, upcast);
