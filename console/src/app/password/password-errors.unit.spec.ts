import { errorsIn } from './password-errors';

const valid = { current: 'the-old-password', new: 'the-new-password', repeated: 'the-new-password' };

describe('a new password', () => {
  it('is accepted if it is long enough and repeated', () => {
    expect(errorsIn(valid)).toEqual({});
  });

  it('has 8 to 128 characters', () => {
    expect(errorsIn({ ...valid, new: '1234567', repeated: '1234567' })).toEqual({ new: 'length' });
    expect(errorsIn({ ...valid, new: 'a'.repeat(128), repeated: 'a'.repeat(128) })).toEqual({});
    expect(errorsIn({ ...valid, new: 'a'.repeat(129), repeated: 'a'.repeat(129) })).toEqual({ new: 'length' });
  });

  it('differs from the current one, which is required', () => {
    expect(errorsIn({ ...valid, current: valid.new })).toEqual({ new: 'same' });
    expect(errorsIn({ ...valid, current: '' })).toEqual({ current: 'missing' });
  });

  it('is typed twice', () => {
    expect(errorsIn({ ...valid, repeated: 'another-password' })).toEqual({ repeated: 'differs' });
  });
});
