import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECTIONS } from '@rewards/projections/dist/read-models';
import type { Phase } from '../suite/phase';
import { DataSet } from '../world/data-set';
import { fillReadModels } from '../world/shared-world';

/** The read models last, so that they remain for the phases that follow. */
const SELECTIONS = [
  { what: 'participations alone', names: ['participations'] },
  { what: 'all read models', names: PROJECTIONS.map(({ name }) => name) },
];

export const catchUp: Phase = {
  name: 'catch-up',
  purpose: 'read models that catch up with the realistic log, in a process of their own',
  weight: 3,
  async run(bench) {
    const { data, log } = await bench.world.open(bench.progress);
    bench.note(`The log has ${log.events} events of ${log.plan.players} players.`);
    await bench.repeat(async () => {
      for (const { what, names } of SELECTIONS) {
        for (const suffix of ['', '-wal', '-shm']) await rm(join(data.folder, `views.db${suffix}`), { force: true });
        // In MongoDB, a new database is as empty as a deleted file.
        const target = data.settings.mongodbUrl === null ? data : new DataSet(data.folder, undefined, data.ids);
        const { seconds, cpuSeconds, residentMiB } = await fillReadModels(target, names);
        bench.sample(what, 'events/s', log.events / seconds);
        bench.sample(`${what}: CPU`, 'µs/event', (cpuSeconds * 1e6) / log.events);
        bench.sample(`${what}: memory`, 'MiB', residentMiB);
      }
    });
    if (data.settings.mongodbUrl === null) bench.world.markFilled();
  },
};
