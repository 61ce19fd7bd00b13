import { writeFileSync } from 'node:fs';

/** Where what broke is written, beside the JSON report of the same run. */
export function brokenSuitesFile(jsonReport) {
  return jsonReport.replace(/\.json$/, '.suites.json');
}

/**
 * A vitest reporter: what broke a group of tests outside its tests, such as a `beforeAll` of a `describe`, which the JSON
 * report leaves out. Writes `[{ file, name, message }]`.
 */
export default class BrokenSuites {
  #broken = [];
  #file;

  onInit(vitest) {
    this.#file = brokenSuitesFile(vitest.config.outputFile.json);
  }

  onTestSuiteResult(suite) {
    for (const { message } of suite.errors()) {
      this.#broken.push({ file: suite.module.moduleId, name: suite.fullName, message });
    }
  }

  onTestRunEnd() {
    writeFileSync(this.#file, JSON.stringify(this.#broken));
  }
}
