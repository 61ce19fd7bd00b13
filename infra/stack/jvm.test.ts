import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findJvms, type Jvm, newestJvm, parseRelease, requireJvm, StackFailure } from './index.mjs';

const jvm = (version: string, feature: number): Jvm => ({ home: `/jvm/${version}`, java: '', version, feature });

function folderOfJvms(versions: Record<string, string>): string {
  const parent = mkdtempSync(join(tmpdir(), 'jvms-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  for (const [name, version] of Object.entries(versions)) {
    mkdirSync(join(parent, name, 'bin'), { recursive: true });
    writeFileSync(join(parent, name, 'bin', 'java'), '');
    writeFileSync(join(parent, name, 'release'), `IMPLEMENTOR="Some"\nJAVA_VERSION="${version}"\n`);
  }
  return parent;
}

describe('reading a release file', () => {
  it.each([
    ['JAVA_VERSION="25.0.3"', { version: '25.0.3', feature: 25 }],
    ['OS="Linux"\nJAVA_VERSION="21"\n', { version: '21', feature: 21 }],
    ['JAVA_VERSION="1.8.0_392"', { version: '1.8.0_392', feature: 8 }],
    ['JAVA_VERSION="26-ea"', { version: '26-ea', feature: 26 }],
    ['IMPLEMENTOR="Debian"', null],
    ['JAVA_VERSION="unknown"', null],
  ])('takes the version out of %j', (text, expected) => {
    expect(parseRelease(text)).toEqual(expected);
  });
});

describe('the choice of a JVM', () => {
  it('takes the newest, comparing numbers and not letters', () => {
    expect(newestJvm([jvm('9.0.4', 9), jvm('21.0.10', 21), jvm('21.0.9', 21)])?.version).toBe('21.0.10');
  });

  it('finds every JVM of a folder and leaves out what is none', () => {
    const parent = folderOfJvms({ seventeen: '17.0.15', 'twenty-five': '25.0.3' });
    mkdirSync(join(parent, 'broken'));
    expect(
      findJvms({}, [parent, '/nowhere'])
        .map(({ feature }) => feature)
        .sort(),
    ).toEqual([17, 25]);
  });

  it('finds the one of JAVA_HOME once, even when it is in a system folder too', () => {
    const parent = folderOfJvms({ only: '21.0.1' });
    expect(findJvms({ JAVA_HOME: join(parent, 'only') }, [parent])).toHaveLength(1);
  });

  it('refuses a JVM too old for the registry, names it and says how to get another', () => {
    const choose = () => requireJvm({}, [jvm('17.0.15', 17)]);
    expect(choose).toThrow(StackFailure);
    expect(choose).toThrow(/21 or later; the newest one found is 17\.0\.15 in \/jvm\/17\.0\.15/);
  });

  it('says so when there is no JVM at all', () => {
    expect(() => requireJvm({}, [])).toThrow(/none was found/);
  });
});
