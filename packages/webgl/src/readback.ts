/** Copies textures to the host. gpu.js reads four numbers for each that there is, and waits for them. */

function formatOf(gl: WebGL2RenderingContext): { format: number; channels: number } {
  const tight =
    gl.getParameter(gl.IMPLEMENTATION_COLOR_READ_FORMAT) === gl.RED && gl.getParameter(gl.IMPLEMENTATION_COLOR_READ_TYPE) === gl.FLOAT;
  return tight ? { format: gl.RED, channels: 1 } : { format: gl.RGBA, channels: 4 };
}

/** Runs `read` with the texture to read from, and what the driver makes of one number. */
function withTexture<T>(gl: WebGL2RenderingContext, texture: WebGLTexture, read: (layout: { format: number; channels: number }) => T): T {
  const framebuffer = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  try {
    return read(formatOf(gl));
  } finally {
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.deleteFramebuffer(framebuffer);
  }
}

function unpack(pixels: Float32Array, channels: number, out: Float32Array): void {
  if (channels === 1) out.set(pixels.subarray(0, out.length));
  else for (let i = 0; i < out.length; i++) out[i] = pixels[i * channels]!;
}

/** Copies the first `out.length` numbers of a texture of that width, and waits for them. */
export function readNow(gl: WebGL2RenderingContext, texture: WebGLTexture, width: number, out: Float32Array): void {
  withTexture(gl, texture, ({ format, channels }) => {
    const height = Math.ceil(out.length / width);
    const pixels = new Float32Array(width * height * channels);
    gl.readPixels(0, 0, width, height, format, gl.FLOAT, pixels);
    unpack(pixels, channels, out);
  });
}

/** The same, leaving the thread to others until they are there. */
export async function readSoon(gl: WebGL2RenderingContext, texture: WebGLTexture, width: number, out: Float32Array): Promise<void> {
  const buffer = gl.createBuffer();
  try {
    const pixels = withTexture(gl, texture, ({ format, channels }) => {
      const height = Math.ceil(out.length / width);
      const array = new Float32Array(width * height * channels);
      gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
      gl.bufferData(gl.PIXEL_PACK_BUFFER, array.byteLength, gl.STREAM_READ);
      gl.readPixels(0, 0, width, height, format, gl.FLOAT, 0);
      gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
      return { array, channels };
    });
    await finished(gl);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
    gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, pixels.array);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    unpack(pixels.array, pixels.channels, out);
  } finally {
    gl.deleteBuffer(buffer);
  }
}

/** Settles when the device has done all that it was told so far, or has been lost. */
export async function finished(gl: WebGL2RenderingContext): Promise<void> {
  const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
  if (!fence) return;
  gl.flush();
  while (gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED && !gl.isContextLost()) await turn();
  gl.deleteSync(fence);
}

/** One turn of the event loop, without the delay that nested timers have. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
