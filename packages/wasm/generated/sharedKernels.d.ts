/** The kernels for memory that threads share, in the form of those of kernels.d.ts. */
export const kernels: string;
