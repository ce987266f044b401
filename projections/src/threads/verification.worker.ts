import { upcast } from '@rewards/contracts';
import { openEngines } from './open-engines';
import { runVerification } from './verification';
import { yieldToOthers } from './yield-to-others';

yieldToOthers();
void runVerification(openEngines, upcast);
