import { upcast } from '@rewards/contracts';
import { runFolding } from './folding';
import { openEngines } from './open-engines';

void runFolding(openEngines, upcast);
