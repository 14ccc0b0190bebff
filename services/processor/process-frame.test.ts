import { readArguments } from './process-frame';

const read = (...argv: string[]) => readArguments(argv, 'It does this and that.');

describe('the arguments of a process', () => {
  it('starts with the file that is named, or with none', () => {
    expect(read()).toEqual({ starts: true, file: undefined });
    expect(read('--config', 'a.yaml')).toEqual({ starts: true, file: 'a.yaml' });
    expect(read('--config=a.yaml')).toEqual({ starts: true, file: 'a.yaml' });
  });

  it.each(['--help', '-h'])('tells with %s what it is and where all fields are', (help) => {
    expect(read(help)).toMatchObject({ starts: false, code: 0 });
    const says = JSON.stringify(read(help));
    expect(says).toContain('It does this and that.');
    expect(says).toContain('--config FILE');
    expect(says).toContain('TIDEMARK_CONFIG');
    expect(says).toContain('tidemark config');
  });

  it.each([
    ['an unknown option', ['--confg', 'a.yaml'], '--confg'],
    ['an unknown option of one letter', ['-x'], '-x'],
    ['a stray argument', ['a.yaml'], 'a.yaml'],
    ['an option without its file', ['--config'], "Option '--config"],
    ['an option in the place of a file', ['--config', '--help'], "Option '--config"],
  ])('does not start with %s, and says in one line what is known', (_, argv, named) => {
    const called = read(...argv);
    expect(called).toMatchObject({ starts: false, code: 2 });
    const says = called.starts ? '' : called.says;
    expect(says).toContain(named);
    expect(says).toMatch(/^[^\n]*; known are --config FILE and --help\n$/);
  });
});
