import { upcast } from '@rewards/contracts';
import { runFolding } from '@rewards/projections/dist/threads/folding';
import { openFaultyEngines } from './faulty-engines';

void runFolding(openFaultyEngines, upcast);
