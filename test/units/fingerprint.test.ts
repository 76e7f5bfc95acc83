import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../src/units/fingerprint.ts';

describe('the fingerprint', () => {
  it('is 16 hex digits that no version of dockunit may change: containers have them as labels', () => {
    expect(fingerprint([])).toBe('5de88ce95f738065');
    expect(fingerprint(['docker', 'create', '--name', 'web'])).toBe('e4f481dd7de220eb');
    expect(fingerprint(['größer 🚀'])).toBe('b402d91aa70e3685');
    fc.assert(
      fc.property(fc.array(fc.string()), (parts) => {
        expect(fingerprint(parts)).toMatch(/^[0-9a-f]{16}$/);
        expect(fingerprint(parts)).toBe(fingerprint([...parts]));
      }),
    );
  });

  it('distinguishes where one part ends and the next begins, and how long the last is', () => {
    const alike = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], ['', 'abc'], ['a', 'b', 'c'], ['ab']];
    expect(new Set(alike.map(fingerprint)).size).toBe(alike.length);
  });

  it('distinguishes texts that differ in any two characters', () => {
    const text = 'ExecStart=docker create --publish 8080:80 web';
    const texts = new Set<string>();
    for (let first = 0; first < text.length; first++)
      for (let second = first + 1; second < text.length; second++)
        for (const [one, other] of ['01', '10', 'ab', 'Ab', '~~', ' !'].map((pair) => [...pair]))
          texts.add(
            text.slice(0, first) + one + text.slice(first + 1, second) + other + text.slice(second + 1),
          );
    expect(texts.size).toBeGreaterThan(5000);
    expect(new Set([...texts].map((one) => fingerprint([one]))).size).toBe(texts.size);
  });

  it('changes half of its bits, whichever bit of a text changes', () => {
    const text = 'Environment=MODE=production LEVEL=3';
    const before = BigInt(`0x${fingerprint([text])}`);
    for (let at = 0; at < text.length; at++) {
      for (let bit = 0; bit < 7; bit++) {
        const changed = String.fromCharCode(text.charCodeAt(at) ^ (1 << bit));
        const after = BigInt(`0x${fingerprint([text.slice(0, at) + changed + text.slice(at + 1)])}`);
        const bits = [...(before ^ after).toString(2)].filter((digit) => digit === '1').length;
        expect(bits).toBeGreaterThan(10);
        expect(bits).toBeLessThan(54);
      }
    }
  });
});
