import { describe, expect, it } from "vitest";
import { kernelText } from "../src/glsl.js";

const source = {
  name: "sum",
  arrays: ["left", "right"],
  numbers: { width: "int", scale: "float" },
  functions: "float twice(float x) { return 2.0 * x; }",
  body: "  return scale * left(i % width) + twice(right(i));",
} as const;

describe("the text of a kernel", () => {
  it("is a function for gpu.js that calls the shader, and the shader", () => {
    const { entry, native, argumentTypes } = kernelText(source);
    expect(entry).toBe("function(left, right, width, scale, total) { return compute(); }");
    expect(argumentTypes).toEqual(["ArrayTexture(1)", "ArrayTexture(1)", "Integer", "Float", "Integer"]);
    expect(native).toMatchInlineSnapshot(`
      "#define width user_width
      #define scale user_scale
      #define total user_total
      float left(int i) { return texelFetch(user_left, ivec2(i % user_leftSize.x, i / user_leftSize.x), 0).r; }
      float right(int i) { return texelFetch(user_right, ivec2(i % user_rightSize.x, i / user_rightSize.x), 0).r; }
      float twice(float x) { return 2.0 * x; }
      float valueAt(int i) {
      return scale * left(i % width) + twice(right(i));
      }
      float compute() {
        int i = int(gl_FragCoord.y) * uTexSize.x + int(gl_FragCoord.x);
        return i < total ? valueAt(i) : 0.0;
      }
      #undef width
      #undef scale
      #undef total
      "
    `);
  });

  it("has no more arrays than every device has textures for", () => {
    const arrays = ["a", "b", "c", "d", "e", "f", "g"];
    expect(() => kernelText({ ...source, arrays })).not.toThrow();
    expect(() => kernelText({ ...source, arrays: [...arrays, "h"] })).toThrow(RangeError);
  });
});
