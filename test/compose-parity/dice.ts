/** Choices by a sequence of random numbers. */
import { randomFrom } from '../differential/random.ts';

export class Dice {
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  upTo(most: number): number {
    return Math.floor(this.random() * (most + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.upTo(choices.length - 1)] as T;
  }

  some<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: least + this.upTo(Math.max(most - least, 0)) }, make);
  }
}
