export type StackKind = 'native' | 'containers';
export type ServiceName = 'kafka' | 'registry' | 'redis';
export type Report = (line: string) => void;

/** A process or container of the stack as the state file keeps it. */
export interface RecordedService {
  readonly port: number;
  readonly pid?: number;
  readonly identity?: string;
  readonly container?: string;
}

export interface StackAddresses {
  readonly brokers: string[];
  readonly registryUrl: string;
  readonly redisUrl: string;
}

export interface StackStatus extends Partial<StackAddresses> {
  readonly phase: 'up' | 'partial' | 'down';
  readonly kind: StackKind | null;
  readonly services: Partial<Record<ServiceName, RecordedService & { readonly running: boolean }>>;
}

export interface StackState {
  readonly layout: number;
  readonly id: string;
  readonly kind: StackKind | null;
  readonly phase: 'down' | 'starting' | 'up';
  readonly services: Partial<Record<ServiceName, RecordedService>>;
}

export interface UpOptions {
  readonly dir?: string;
  readonly report?: Report;
  readonly env?: Record<string, string | undefined>;
  readonly kind?: StackKind;
  /** Ports wished for; 0 asks for any free one. */
  readonly ports?: Record<ServiceName, number>;
  readonly brokerHeapMb?: number;
  /** Natively: listeners beside the usual ones, for who proves himself. */
  readonly secured?: SecuredListeners;
}

export interface SecuredListeners {
  readonly broker: {
    /** `SASL_SSL://host:port`. */
    readonly listener: string;
    readonly settings: Readonly<Record<string, string>>;
    /** `SCRAM-SHA-512=[name=…,password=…]`. */
    readonly scramUsers: readonly string[];
  };
  readonly redisArgs: readonly string[];
}

export interface ServiceControl {
  stop(): Promise<void>;
  kill(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  start(): Promise<void>;
}

export interface Jvm {
  readonly home: string;
  readonly java: string;
  readonly version: string;
  readonly feature: number;
}

export interface Engine {
  engineAnswers(): boolean;
  missingImages(): string[];
  pullImages(images: string[], report?: Report): boolean;
}

export class StackFailure extends Error {
  constructor(message: string, hint?: string);
  readonly hint: string;
}

export const ROOT: string;
export const STATE_DIR: string;
/** Where Node keeps what it made of this clone's TypeScript. */
export const COMPILE_CACHE: string;
/** Shared by all clones of this user. */
export function cacheDir(env?: Record<string, string | undefined>): string;
export const MINIMUM_JAVA: number;
export const JAVA_HINT: string;
export const SERVICES: ServiceName[];
export const USUAL_PORTS: Record<ServiceName, number>;
export const IMAGES: Record<ServiceName, string>;
export const REDIS_SETTINGS: string[];
export const REGISTRY_VARIABLES: Record<string, string>;

export function up(options?: UpOptions): Promise<StackStatus & StackAddresses>;
export function down(options?: { dir?: string; purge?: boolean; report?: Report }): Promise<ServiceName[]>;
export function status(options?: { dir?: string }): Promise<StackStatus>;
export function serviceControl(
  dir: string,
  name: ServiceName,
  options?: { brokerHeapMb?: number; secured?: SecuredListeners },
): ServiceControl;
export function removeWithThisProcess(dir: string): void;
export function stackEnvironment(stack: StackAddresses): Record<string, string>;
export function addressesOf(ports: Record<ServiceName, number>): StackAddresses;

export function chooseKind(options?: {
  env?: Record<string, string | undefined>;
  pull?: boolean;
  report?: Report;
  engine?: Engine;
}): { kind: StackKind; because: string };
export function engineAnswers(): boolean;
export function missingImages(images?: string[]): string[];
export function brokerVariables(port: number): Record<string, string>;

export function parseRelease(text: string): { version: string; feature: number } | null;
export function newestJvm(jvms: Jvm[]): Jvm | null;
export function findJvms(env?: Record<string, string | undefined>, parents?: string[]): Jvm[];
export function requireJvm(env?: Record<string, string | undefined>, jvms?: Jvm[]): Jvm;

export function anyFreePort(options?: { readonly isFree?: (port: number) => Promise<boolean> }): Promise<number>;
export function isPortFree(port: number): Promise<boolean>;
export function choosePorts(
  wishes: Record<string, number>,
  ports?: { isFree?: (port: number) => Promise<boolean>; anyFree?: () => Promise<number> },
): Promise<Record<string, number>>;

export function newState(kind: StackKind | null): StackState;
export function parseState(text: string): StackState | null;
export function readState(dir: string): StackState | null;
export function writeState(dir: string, state: StackState): void;
export function withLock<T>(
  dir: string,
  work: () => Promise<T>,
  options?: { withinMs?: number; report?: Report },
): Promise<T>;

export function identityOf(pid: number): string | null;
export function isSameProcess(
  recorded: { pid?: number; identity?: string | null } | undefined,
  identify?: (pid: number) => string | null,
): boolean;
export function pause(ms: number): Promise<void>;

export function canConnect(port: number, options?: { host?: string; timeoutMs?: number }): Promise<boolean>;
export function httpGet(url: string, timeoutMs?: number): Promise<{ status: number; body: string } | null>;
export function redisCall(
  port: number,
  words: string[],
  options?: { host?: string; timeoutMs?: number },
): Promise<string | null>;
export function decodeReply(bytes: Buffer, from: number): { text: string; next: number } | null;

export function findCommand(name: string, env?: Record<string, string | undefined>): string | null;
export function installHint(name: string): string;
export function hasArtifacts(env?: Record<string, string | undefined>): boolean;
export function provideArtifacts(options?: {
  env?: Record<string, string | undefined>;
  report?: Report;
}): Promise<{ dir: string; kafkaJars: string; registryHome: string }>;

/** Installs the workspace when the lockfile changed since the last time; answers whether it had to. */
export function installIfChanged(report?: Report): boolean;
export function isInstalled(): boolean;

/** The part of a vitest JSON report that a run is judged by. */
export interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Whether the log of a service that ended says that it could not listen on one of its ports. */
export function saysPortTaken(log: string): boolean;
/** Tests a vitest JSON report counts; a file that could not be loaded is one failure. */
export function sumReport(report: TestReport): { passed: number; failed: number };
/** A line for each failed test: file, name, how its message begins. */
export function complaintsOf(report: TestReport, suites?: readonly BrokenSuite[]): string[];
export interface BrokenSuite {
  readonly file: string;
  readonly name: string;
  readonly message: string;
}
/** Paths, from the root, of the files that failed; of those, with `broken`, that had no failed test. */
export function failedFiles(report: TestReport, kind?: TriedAgain): string[];
export type TriedAgain = 'failed' | 'broken';
/** The report of a tier whose failed files were run again, and complaints (`chances`) that were not repeated. */
export function secondTry(first: TierOutcome, second: TierOutcome): { tests: TestReport; chances: string[] };
export interface TierOutcome {
  readonly tests: TestReport;
  readonly suites?: readonly BrokenSuite[];
}
export function narrowed(options: string[]): TestStage[];
/** Every stage, in rounds of one or of one and another that runs beside it. */
export function everything(): (readonly [TestStage] | readonly [TestStage, TestStage])[];
export interface TestStage {
  readonly name: string;
  readonly command: string;
  readonly args: string[];
  /** Which files of it are tried a second time. */
  readonly again?: TriedAgain;
  /** Of a tier of tests. */
  readonly reportFile?: string;
}
