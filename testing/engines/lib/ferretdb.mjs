import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { buildOnce, cacheFolder, here } from './paths.mjs';
import { freePort, runTool, startProcess } from './processes.mjs';

const SOURCES = ['go.mod', 'go.sum', 'main.go'];
/** Build tags that exclude other engines of FerretDB. */
const TAGS = 'ferretdb_nohana,ferretdb_nomysql,ferretdb_nopostgresql';

const PATCHES = [
  {
    // FerretDB's index of ids is on an expression that its queries spell differently, so SQLite does not use the index.
    file: 'internal/backends/sqlite/metadata/metadata.go',
    from: `"->'$._id'"`,
    to: `"->'_id'"`,
  },
  {
    // FerretDB looks a document up by its id only if the filter has no other condition. Otherwise it reads the whole collection.
    // With this patch, it uses the id in every filter that has one; it applies the other conditions to the result anyway.
    file: 'internal/backends/sqlite/collection.go',
    from: 'params.Filter.Len() == 1 {',
    to: 'params.Filter.Has("_id") {',
  },
  {
    // FerretDB reads the whole collection for a filter with several ids. With this patch, it looks them up.
    file: 'internal/backends/sqlite/collection.go',
    from: '\t\tswitch v.(type) {\n\t\tcase string, types.ObjectID:\n\t\t\twhereClause =',
    to: `
\t\tswitch id := v.(type) {
\t\tcase *types.Document:
\t\t\tin, _ := id.Get("$in")
\t\t\tif ids, ok := in.(*types.Array); ok && ids.Len() > 0 {
\t\t\t\twhereClause = fmt.Sprintf(\` WHERE %s IN (?%s)\`, metadata.IDColumn, strings.Repeat(\`, ?\`, ids.Len()-1))
\t\t\t\tfor n := 0; n < ids.Len(); n++ {
\t\t\t\t\targs = append(args, string(must.NotFail(sjson.MarshalSingleValue(must.NotFail(ids.Get(n))))))
\t\t\t\t}
\t\t\t}
\t\tcase string, types.ObjectID:
\t\t\twhereClause =`,
  },
  {
    // Each update of a command keeps its SQLite connection until the last one is done, so that concurrent commands deadlock.
    file: 'internal/handler/msg_update.go',
    from: 'result, err := common.UpdateDocument(ctx, c, "update", iter, &u)\n',
    to: 'result, err := common.UpdateDocument(ctx, c, "update", iter, &u)\n\t\tcloser.Close()\n',
  },
];

const patch = (vendor) => {
  for (const { file, from, to } of PATCHES) {
    const path = join(vendor, 'github.com/FerretDB/FerretDB', file);
    const source = readFileSync(path, 'utf8');
    if (!source.includes(from)) throw new Error(`${file} of FerretDB has changed. Check whether it still needs the patch.`);
    writeFileSync(
      path,
      source.replaceAll(from, () => to),
    );
  }
};

/** FerretDB: MongoDB's protocol on SQLite, built as a Go module. The spec of the MongoDB adapter names its limitations. */
export const ferretdb = {
  build() {
    const sources = SOURCES.map((source) => join(here, 'ferretdb', source));
    return buildOnce(cacheFolder('ferretdb', fileURLToPath(import.meta.url), ...sources), async (folder) => {
      sources.forEach((source, n) => copyFileSync(source, join(folder, SOURCES[n])));
      const options = { cwd: folder, env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '' } };
      const vendor = join(folder, 'vendor');
      await runTool('go', ['mod', 'vendor'], options);
      patch(vendor);
      await runTool(
        'go',
        ['build', '-trimpath', '-buildvcs=false', '-mod=vendor', '-tags', TAGS, '-o', 'ferretdb', '.'],
        options,
      );
      rmSync(vendor, { recursive: true });
    });
  },

  async configure(directory) {
    mkdirSync(join(directory, 'sqlite'));
    return { port: await freePort() };
  },

  start: (directory, built, { port }, logFile) =>
    startProcess(join(built, 'ferretdb'), ['-listen', `127.0.0.1:${port}`, '-data', directory], logFile),

  async ping(options) {
    const client = new MongoClient(ferretdb.settings(options).MONGODB_URL, { serverSelectionTimeoutMS: 1_000 });
    try {
      await client.db('admin').command({ ping: 1 });
    } finally {
      await client.close();
    }
  },

  settings: ({ port }) => ({ MONGODB_URL: `mongodb://127.0.0.1:${port}/` }),
};
