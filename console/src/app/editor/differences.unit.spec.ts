import { differencesOf, foreignChanges, merged } from './differences';
import { EMPTY_FORM, type EventForm } from './form';
import { EMPTY_ROW } from './grid/cells';

const row = (name: string) => ({ ...EMPTY_ROW, name, type: 'ITEM', amount: '1' });
const base: EventForm = { ...EMPTY_FORM, name: 'Base', count: '3', rows: [row('a'), row('b')] };
const linesOf = (form: EventForm, field: keyof EventForm) =>
  field === 'rows' ? form.rows.map(({ name }) => name) : [String(form[field])];

describe('the differences of two forms', () => {
  it('are the fields with their values before and after', () =>
    expect(differencesOf(base, { ...base, name: 'New', count: '4' }, linesOf)).toEqual([
      { field: 'name', before: ['Base'], after: ['New'] },
      { field: 'count', before: ['3'], after: ['4'] },
    ]));

  it('of a list are the lines that went and those that came', () =>
    expect(differencesOf(base, { ...base, rows: [row('a'), row('c')] }, linesOf)).toEqual([
      { field: 'rows', before: ['b'], after: ['c'] },
    ]));
});

describe('a change of another person', () => {
  const theirs = { ...base, name: 'Theirs', description: 'Theirs', timeZone: 'UTC' };
  const yours = { ...base, name: 'Yours', description: 'Theirs', dayStartsAt: '05:00' };

  it('is a conflict where both changed a field to different values', () =>
    expect(foreignChanges(base, theirs, yours)).toEqual([
      { field: 'name', isConflict: true },
      { field: 'description', isConflict: false },
      { field: 'timeZone', isConflict: false },
    ]));

  it('is kept unless a conflict is decided for the own value', () => {
    const both = { description: 'Theirs', timeZone: 'UTC', dayStartsAt: '05:00' };
    expect(merged(base, theirs, yours, new Set())).toEqual({ ...base, ...both, name: 'Theirs' });
    expect(merged(base, theirs, yours, new Set(['name']))).toEqual({ ...base, ...both, name: 'Yours' });
  });
});
