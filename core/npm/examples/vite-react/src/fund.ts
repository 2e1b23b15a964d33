import type { Configuration } from "foliocast";

export const fund: Configuration = {
  fundId: "fund-1",
  numScenarios: 1_000_000,
  buckets: [
    {
      name: "Seed",
      capitalAllocation: 40,
      moicCalibration: { median: 1, p90: 3 },
      deals: 20,
      lossProbability: 0.25,
    },
    {
      name: "Series A",
      capitalAllocation: 60,
      moicCalibration: { median: 1.5, p90: 3.5 },
      deals: 12,
    },
  ],
};
