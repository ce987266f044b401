import { openEngines } from './open-engines';
import { runVerification } from './verification';

void runVerification(openEngines);
