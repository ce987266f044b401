import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readGatewaySettings } from '../../gateway/src/settings';

const text = readFileSync(join(__dirname, '../../.env.example'), 'utf8');
const settings = Object.fromEntries(
  [...text.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value] as const),
);

describe('.env.example', () => {
  it('names exactly the settings that are read', () => {
    const settingNames = new Set<string>();
    readGatewaySettings(
      new Proxy({}, { get: (_target, name: string) => (settingNames.add(name), undefined) }) as Record<
        string,
        string | undefined
      >,
    );
    expect(Object.keys(settings).sort()).toEqual([...settingNames].sort());
  });

  it('sets nothing and shows the defaults', () => {
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
    expect(readGatewaySettings(settings)).toEqual(readGatewaySettings({}));
  });

  it('contains no secret', () => {
    const secretSettings = Object.entries(settings).filter(([name]) => /PASSWORD|SECRET|KEY|TOKEN/.test(name));
    expect(secretSettings.map(([, value]) => value)).toEqual(secretSettings.map(() => ''));
  });
});
