export type ArchiveErrorCode =
  /** The folder holds the records of another installation, or nothing of ours. */
  | 'foreign'
  /** Two files have the same offset. */
  | 'overlap'
  /** Offsets are missing between two files, or between the newest file and what the log still has. */
  | 'gap'
  /** Another process writes there. */
  | 'locked'
  /** The server does not let us: credentials, rights, bucket, region. */
  | 'denied'
  /** The server did not answer, or broke off. What was finished stays; the same again goes on behind it. */
  | 'unreachable'
  | 'unreadable';

/** The archive cannot be written or read as it is; the message says where and what to do. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly code: ArchiveErrorCode;

  constructor(code: ArchiveErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
