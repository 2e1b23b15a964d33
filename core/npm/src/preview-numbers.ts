// Figures as people read them, in a language's numbers: as many digits as the workbench shows.

/** Stands where a figure is absent. */
export const ABSENT = "—";

/** Multiples and shares below these are told from nothing, and no more. */
const SMALLEST_MULTIPLE = 0.0001;
const SMALLEST_SHARE = 0.0001;

/** Writes figures in one language. */
export class Numbers {
  readonly #language: string | undefined;
  readonly #formats = new Map<string, Intl.NumberFormat>();

  /** In the language of a page, or the browser's where that is none. */
  constructor(language: string) {
    try {
      this.#language = Intl.getCanonicalLocales(language)[0];
    } catch {
      this.#language = undefined;
    }
  }

  /** `2.24 ×`. */
  multiple(value: number): string {
    return `${this.multipleDigits(value)}\u{a0}×`;
  }

  /** `2.24`, `1,203`, `0.0031`. */
  multipleDigits(value: number): string {
    if (value > 0 && value < SMALLEST_MULTIPLE) return `< ${this.#decimal(SMALLEST_MULTIPLE, 4)}`;
    return this.#decimal(value, value >= 1000 ? 0 : value >= 100 ? 1 : value >= 0.01 || value === 0 ? 2 : 4);
  }

  /** `0.25×`, `2×`: where space is short and the value round. */
  tick(value: number): string {
    return `${this.#format({ maximumFractionDigits: value < 0.1 ? 3 : 2 }).format(value)}×`;
  }

  /** `0.78 – 6.14 ×`, or another pair of figures that `write` writes. */
  range(low: number, high: number, write = (value: number) => this.multiple(value)): string {
    return `${write(low).replace("\u{a0}×", "")}\u{a0}– ${write(high)}`;
  }

  /** `16.0%`, `0.04%`, `< 0.01%`. */
  share(value: number): string {
    if (value > 0 && value < SMALLEST_SHARE) return `< ${this.#percent(SMALLEST_SHARE, 2)}`;
    if (value >= 0.9995 && value < 1) return `> ${this.#percent(0.999, 1)}`;
    return this.#percent(value, value === 0 || value === 1 ? 0 : value < 0.01 ? 2 : 1);
  }

  /** `95%`: a round share. */
  roundShare(value: number): string {
    return this.#percent(value, 0);
  }

  /** `0.026`: a standard error, two digits that mean something. */
  error(value: number): string {
    if (value > 0 && value < 0.0001) return `< ${this.#decimal(0.0001, 4)}`;
    return this.#decimal(value, value === 0 || value >= 10 ? 0 : Math.min(4, 1 - Math.floor(Math.log10(value))));
  }

  /** `1,000,000`. */
  count(value: number): string {
    return this.#decimal(value, 0);
  }

  /** An edge between bins, `0.917`. */
  edge(value: number): string {
    return this.#decimal(value, 3);
  }

  #decimal(value: number, digits: number): string {
    return this.#format({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
  }

  #percent(value: number, digits: number): string {
    const style = { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits } as const;
    return this.#format(style).format(value);
  }

  #format(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    // To make one takes longer than to use it a hundred times.
    const key = JSON.stringify(options);
    const format = this.#formats.get(key) ?? new Intl.NumberFormat(this.#language, options);
    this.#formats.set(key, format);
    return format;
  }
}
