/** Size of a block of rows that is in memory at a time, unless it is asked for otherwise. */
export const BLOCK_BYTES: number = 2 ** 23;

/** Size of the decoded chunks of a matrix that stay at hand. */
export const CACHE_BYTES: number = 2 ** 25;
