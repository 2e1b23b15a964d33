// The HTTP API's own document, as types. Made by scripts/npm/api-types.mjs; not to be edited.
export interface paths {
  "/api/account": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Who you are here, and how much you may ask. */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Your key, its use and its limits. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Account"];
          };
        };
        /** @description Parameters, of which this address knows none. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/audit": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Who changed what, newest first; for operators. */
    get: {
      parameters: {
        query?: {
          /** @description Lines; 50 by default. */
          limit?: number;
          /** @description `nextCursor` of the page before. */
          cursor?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description A page of the log of changes. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Page_AuditLine"];
          };
        };
        /** @description All faults of the query. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description You are no operator. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/cache/audit": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Who invalidated or warmed what, newest first; for operators. */
    get: {
      parameters: {
        query?: {
          /** @description Lines; 50 by default. */
          limit?: number;
          /** @description `nextCursor` of the page before. */
          cursor?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description A page of the log of changes. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Page_AuditLine"];
          };
        };
        /** @description All faults of the query. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description You are no operator. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/cache/history": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What was asked of the cache over time, in all processes; for operators.
     * @description By periods of a minute for an hour, of 15 minutes for up to 12 hours, of an hour for up to 48, else of six hours.
     */
    get: {
      parameters: {
        query?: {
          /** @description How far back; 24 by default. */
          hours?: number;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description All periods, oldest first. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["CacheHistory"];
          };
        };
        /** @description All faults of the query. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description You are no operator. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The durable store does not answer. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/cache/invalidate": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Drop results; for operators.
     * @description From the moment it is answered, no process that reaches the durable store answers with them; whoever asks again has them
     *     made again. A matrix takes the runs made from it along; a fund's matrices go only where no other fund uses them.
     */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": components["schemas"]["InvalidationBody"];
        };
      };
      responses: {
        /** @description What was removed; with `dryRun` what would be. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Invalidation"];
          };
        };
        /** @description All faults of the input, with their paths. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description You are no operator. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body did not arrive in time. */
        408: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body is over 2 MiB. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body is not declared as `application/json`. */
        415: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/cache/stats": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What is asked of the cache and what it holds, in all processes; for operators.
     * @description Every process reports what it counted before the answer is made; one that does not within a second is named in `missing`.
     */
    get: {
      parameters: {
        query?: {
          /** @description How far back counts go; 24 by default. */
          hours?: number;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The statistics. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["CacheStats"];
          };
        };
        /** @description All faults of the query. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description You are no operator. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The durable store does not answer. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/cache/warm": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Have results made before anybody asks for them; for operators.
     * @description Each configuration is judged by itself, by the validator of every run: what cannot be made is in `rejected`, and the others
     *     are made. What is there, or being made, is not made again.
     */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": components["schemas"]["WarmBody"];
        };
      };
      responses: {
        /** @description What is made now, and what was there; with `dryRun` what would be made. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Warming"];
          };
        };
        /** @description All faults of the input, with their paths; or no configuration is any good. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description You are no operator. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body did not arrive in time. */
        408: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body is over 2 MiB. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body is not declared as `application/json`. */
        415: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/computations": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Computations of all tenants, newest first; for operators. */
    get: {
      parameters: {
        query?: {
          /** @description Only those in this state. */
          state?: components["schemas"]["JobState"];
          /** @description Computations; 50 by default. */
          limit?: number;
          /** @description `nextCursor` of the page before. */
          cursor?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description A page of computations. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Page_Computation"];
          };
        };
        /** @description All faults of the query. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description You are no operator. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/computations/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A computation, and what happened to it; for operators. */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The computation. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The computation as it is. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Computation"];
          };
        };
        /** @description Parameters, of which this address knows none. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description You are no operator. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No such computation. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    /**
     * End a computation for all who wait for it; for operators.
     * @description Answers the computation as it then is; one that has ended stays as it is.
     */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The computation. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The computation as it then is. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Computation"];
          };
        };
        /** @description Parameters, of which this address knows none. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description You are no operator. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No such computation. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/computations/{id}/retry": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Try a computation again that failed or was cancelled; for operators.
     * @description With all its attempts, for those who waited when it ended; where all had let it go, for the last of them.
     */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The computation. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The computation as it then is. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Computation"];
          };
        };
        /** @description Parameters, of which this address knows none. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description You are no operator. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No such computation. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description It did not fail and was not cancelled, or another one makes or has made the same. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description As many wait as may; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/funds": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Your funds, by id. */
    get: {
      parameters: {
        query?: {
          /** @description Lines; 50 by default. */
          limit?: number;
          /** @description `nextCursor` of the page before. */
          cursor?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description A page of funds. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Page_Fund"];
          };
        };
        /** @description All faults of the query. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/funds/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A fund's stored configuration. */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The fund. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The fund. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Fund"];
          };
        };
        /** @description Parameters, of which this address knows none. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No such fund of yours. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    /**
     * Store a fund's configuration.
     * @description `configuration.fundId` may be left out and must else equal the id in the path. The size only turns multiples into
     *     money. `If-Match` and `If-None-Match` keep a caller from overwriting what it has not seen.
     */
    put: {
      parameters: {
        query?: never;
        header?: {
          /** @description Entity tag of the fund that may be replaced, as `ETag` has it: its `updatedAt` in quotes. */
          "If-Match"?: string | null;
          /** @description `*` to store a new fund only. */
          "If-None-Match"?: string | null;
        };
        path: {
          /** @description The fund. */
          id: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": components["schemas"]["FundBody"];
        };
      };
      responses: {
        /** @description The fund, replaced. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Fund"];
          };
        };
        /** @description The fund, new. */
        201: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Fund"];
          };
        };
        /** @description All faults of the input, with their paths. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body did not arrive in time. */
        408: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The fund is not what `If-Match` or `If-None-Match` says. */
        412: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body is over 2 MiB. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body is not declared as `application/json`. */
        415: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Well-formed, but more than this installation computes. */
        422: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    post?: never;
    /** Forget a fund's configuration; its runs stay. */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The fund. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Forgotten. */
        204: {
          headers: {
            [name: string]: unknown;
          };
          content?: never;
        };
        /** @description Parameters, of which this address knows none. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No such fund of yours. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/jobs/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A job of yours. */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The job. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The job as it is. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Job"];
          };
        };
        /** @description Parameters, of which this address knows none. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No such job of yours. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    /**
     * Let a job go.
     * @description The computation stops when nobody waits for it any more. Answers the job as it then is.
     */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The job. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The job as it then is. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Job"];
          };
        };
        /** @description Parameters, of which this address knows none. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No such job of yours. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/jobs/{id}/events": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Follow a job.
     * @description Server-sent events: `progress` with `{percent, step}`, the present state first, then one of `complete`, `failed`,
     *     `cancelled` with the job; then the stream ends. `Last-Event-ID` resumes; 204 when there is nothing more to come,
     *     which also keeps a browser from asking again. While the server shuts down the stream just ends: ask again.
     */
    get: {
      parameters: {
        query?: never;
        header?: {
          /** @description The last event seen. */
          "Last-Event-ID"?: number | null;
        };
        path: {
          /** @description The job. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The events. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "text/event-stream": string;
          };
        };
        /** @description The job has ended, and you have seen it end. */
        204: {
          headers: {
            [name: string]: unknown;
          };
          content?: never;
        };
        /** @description Parameters, of which this address knows none. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No such job of yours. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Too many streams of yours are open; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/keys": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All access keys, by name; for operators. */
    get: {
      parameters: {
        query?: {
          /** @description Lines; 50 by default. */
          limit?: number;
          /** @description `nextCursor` of the page before. */
          cursor?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description A page of keys, without their texts. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Page_AccessKey"];
          };
        };
        /** @description All faults of the query. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description You are no operator. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    /**
     * Make an access key; for operators with a key.
     * @description Its text is in the answer and nowhere else. The first key is made on the server's machine, with
     *     `foliocast keys create`.
     */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": components["schemas"]["KeyBody"];
        };
      };
      responses: {
        /** @description The key, with its text. */
        201: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["NewAccessKey"];
          };
        };
        /** @description All faults of the input, with their paths. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description You are no operator. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body did not arrive in time. */
        408: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The name is taken, now or before; or there is no key yet. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body is over 2 MiB. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body is not declared as `application/json`. */
        415: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/keys/{name}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * Revoke an access key; for operators.
     * @description It works no longer and its sessions end, at once here and within a second in other processes.
     */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The key. */
          name: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description It works no longer. */
        204: {
          headers: {
            [name: string]: unknown;
          };
          content?: never;
        };
        /** @description Parameters, of which this address knows none. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description You are no operator. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description There is no such key. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description It is the last operator's key that works. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/matrices/{matrixKey}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A matrix you have asked for a run of: everything but its rows. */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description Key of the matrix. */
          matrixKey: components["schemas"]["MatrixKey"];
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The matrix. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Matrix"];
          };
        };
        /** @description Not a key: 64 lower-case hexadecimal digits. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not made, or not asked for by you. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/matrices/{matrixKey}/blocks": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Digests of a matrix's blocks, for an audit. */
    get: {
      parameters: {
        query?: {
          /** @description Lines; 1000 by default. */
          limit?: number;
          /** @description `nextCursor` of the page before. */
          cursor?: string;
        };
        header?: never;
        path: {
          /** @description Key of the matrix. */
          matrixKey: components["schemas"]["MatrixKey"];
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description A page of block digests, in order. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Page_BlockDigest"];
          };
        };
        /** @description Not a key, or faults of the query. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not made, or not asked for by you. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/matrices/{matrixKey}/data": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Rows of a matrix, streamed.
     * @description Rows count from 0 and ranges include both ends. Every block is checked against its digest before it is sent; if one
     *     does not match, the connection breaks off.
     */
    get: {
      parameters: {
        query?: {
          /** @description First and last row, `0-1023`; all by default. */
          rows?: string;
          /** @description Format; else the one `Accept` prefers. */
          format?: string;
        };
        header?: never;
        path: {
          /** @description Key of the matrix. */
          matrixKey: components["schemas"]["MatrixKey"];
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The rows. */
        200: {
          headers: {
            /** @description `"<digest>-<format>-<format version>"` */
            etag?: string;
            [name: string]: unknown;
          };
          content: {
            "text/csv": string;
            "application/vnd.foliocast.matrix": number[];
            "application/vnd.apache.parquet": number[];
          };
        };
        /** @description `If-None-Match` names what you would get. */
        304: {
          headers: {
            [name: string]: unknown;
          };
          content?: never;
        };
        /** @description Not a key, or faults of the query. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not made, or not asked for by you. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description None of the formats is accepted. */
        406: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description `ROWS_NOT_KEPT`: above 10,000,000 scenarios there are only block digests. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Rows the matrix has not; `Content-Range: rows *\/<rows>`. */
        416: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/monte-carlo/simulate": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Make a run, or find it.
     * @description The body is a whole scenario configuration (it has `buckets`), or the short form that takes the fund's stored
     *     configuration, else the default fund. Equal configurations are computed once, whoever asks.
     */
    post: {
      parameters: {
        query?: {
          /** @description Milliseconds to wait for the run; 10000 by default. */
          wait?: number;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": components["schemas"]["SimulateBody"];
        };
      };
      responses: {
        /** @description The run. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Run"];
          };
        };
        /** @description Not there in time: follow the job. */
        202: {
          headers: {
            /** @description The job. */
            location?: string;
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Accepted"];
          };
        };
        /** @description All faults of the input, with their paths. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body did not arrive in time. */
        408: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description An operator ended it while it was waited for. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body is over 2 MiB. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description The body is not declared as `application/json`. */
        415: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Well-formed, but more than this installation computes. */
        422: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Too much under way for this caller. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/runs": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Your runs, newest first. */
    get: {
      parameters: {
        query?: {
          /** @description Only this fund's. */
          fundId?: string;
          /** @description Lines; 50 by default. */
          limit?: number;
          /** @description `nextCursor` of the page before. */
          cursor?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description A page of runs. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Page_RunListing"];
          };
        };
        /** @description All faults of the query. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/runs/{runKey}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A run you have asked for before.
     * @description 404 if it was never made, or was invalidated since: `simulate` makes it again.
     */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description Key of the run. */
          runKey: components["schemas"]["RunKey"];
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The run. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Run"];
          };
        };
        /** @description Not a key: 64 lower-case hexadecimal digits. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not made, or not asked for by you. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/runs/{runKey}/report": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A run's report as one HTML file.
     * @description It stands by itself: styles are inside, nothing is asked from anywhere, no script runs. It embeds the configuration,
     *     keys, digests and the summary, so that `foliocast verify FILE` can make the run again and compare all it says.
     */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description Key of the run. */
          runKey: components["schemas"]["RunKey"];
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The file. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "text/html": string;
          };
        };
        /** @description Not a key: 64 lower-case hexadecimal digits. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No access key, or one that does not work. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not made, or not asked for by you. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/healthz": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the process answers. */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description It does. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Alive"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/metrics": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The metrics of this process, since its start.
     * @description In the text format of OpenMetrics, which Prometheus reads. Needs a key like everything else, once there is one.
     */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The metrics. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/openmetrics-text": string;
          };
        };
        /** @description Broken below its content. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description No key, or none that works. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for your role, not from another site's page, or not under this name of the server. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description More than your key, or your address, may ask; see `Retry-After`. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
        /** @description Not for the moment; see `Retry-After`. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["ErrorBody"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/readyz": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether new runs can be taken on, and how each part is. */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Ready. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Health"];
          };
        };
        /** @description Not ready; each part says why. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": components["schemas"]["Health"];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description What `simulate` answers when the run is not there in time: 202 and a job to follow. */
    Accepted: {
      /** @description UUIDv7. */
      jobId: string;
      /** @description Where related things are. */
      links: components["schemas"]["JobLinks"];
      /** @description Key of the matrix. */
      matrixKey: components["schemas"]["MatrixKey"];
      /** @description What it computes. */
      runKey: components["schemas"]["RunKey"];
      /** @description State of the job. */
      status: components["schemas"]["JobState"];
    };
    /** @description An access key. Its text is told once, when it is made. */
    AccessKey: {
      /** @description When it was made, RFC 3339 UTC. */
      createdAt: string;
      /** @description By whom it was made: a key's name, or `command line`. */
      createdBy: string;
      /** @description When it stops working; absent where it does not. */
      expiresAt?: string | null;
      /** @description When it was last used, some seconds late; absent where it never was. */
      lastUsedAt?: string | null;
      /** @description Its name, unique for ever. */
      name: string;
      /** @description When it was revoked; absent where it was not. */
      revokedAt?: string | null;
      /** @description What it may do. */
      role: components["schemas"]["Role"];
      /** @description Whose funds, runs and jobs it opens. */
      tenant: string;
      /** @description Whether it works now. */
      usable: boolean;
    };
    /** @description Who asks, what was asked before, and how much may be asked. */
    Account: {
      key?: components["schemas"]["AccessKey"] | null;
      /** @description How much may be asked. */
      limits: components["schemas"]["CallerLimits"];
      /** @description What may be done. */
      role: components["schemas"]["Role"];
      /** @description Whose funds, runs and jobs. */
      tenant: string;
      /** @description What the key was used for: the last 30 days (UTC), oldest first, days without use left out. */
      usage: components["schemas"]["DayOfUse"][];
    };
    /** @description The process answers. */
    Alive: {
      /** @description `ok`. */
      status: string;
    };
    /**
     * @description Kinds of results.
     * @enum {string}
     */
    ArtifactKind: "matrix" | "run";
    /** @description A line of the log of changes. */
    AuditLine: {
      /**
       * @description What was done: `run.make`, `run.share`, `job.detach`, `fund.put`, `fund.delete`, `key.create`, `key.revoke`,
       *     `session.open`, `session.close`, `cache.invalidate`, `cache.warm`, `computation.cancel`, `computation.retry`.
       */
      action: string;
      /** @description Its id. */
      id: string;
      /** @description Why, where a reason was given. */
      reason?: string | null;
      /** @description In which request; empty outside of one. */
      requestId: string;
      /** @description To what. */
      subject: string;
      /** @description In which tenant. */
      tenant: string;
      /** @description When, RFC 3339 UTC. */
      timestamp: string;
      /** @description Name of the key; `command line`, `this machine` or `this network` where there was none. */
      user: string;
    };
    /** @description Mean times, milliseconds; null where nothing was measured. */
    AverageLatencies: {
      /**
       * Format: double
       * @description From the durable store.
       */
      durable?: number | null;
      /**
       * Format: double
       * @description Generating the rows of a matrix.
       */
      generation?: number | null;
      /**
       * Format: double
       * @description An answer from the memory of the process that was asked.
       */
      memory?: number | null;
      /**
       * Format: double
       * @description The same as `durable`.
       */
      postgres?: number | null;
      /**
       * Format: double
       * @description From Redis.
       */
      redis?: number | null;
    };
    /** @description The digest of one block of a matrix. */
    BlockDigest: {
      /**
       * Format: int32
       * @description Index of the block, from 0.
       */
      block: number;
      /** @description BLAKE3 of its rows, row-major little-endian f32. */
      digest: components["schemas"]["Digest"];
      /**
       * Format: int32
       * @description First row, from 0.
       */
      firstRow: number;
      /**
       * Format: int32
       * @description Rows in it.
       */
      rows: number;
    };
    /** @description One allocation bucket; exactly one of `moicCalibration` and `outcomeTable`. */
    BucketConfiguration: {
      /**
       * Format: double
       * @description Share of the fund's capital, percent.
       */
      capitalAllocation: number;
      /**
       * Format: int32
       * @description Deals the capital is spread over, equally.
       * @default 1
       */
      deals?: number;
      /**
       * Format: double
       * @description Probability that a deal returns nothing.
       * @default 0
       */
      lossProbability?: number;
      /**
       * Format: double
       * @description Cap on one deal's multiple; null is none.
       */
      maxMoic?: number | null;
      /** @description One deal's multiple as a power law. */
      moicCalibration?: components["schemas"]["MoicCalibration"];
      /** @description Its name. */
      name: string;
      /** @description One deal's multiple as a published outcome table. */
      outcomeTable?: components["schemas"]["OutcomeTable"];
    };
    /** @description One bucket. */
    BucketSummary: components["schemas"]["Distribution"] & {
      deployed?: components["schemas"]["Deployed"] | null;
      /** @description Its name. */
      name: string;
    };
    /** @description What was asked of the cache over time, in all processes. */
    CacheHistory: {
      /** @description When it was read, RFC 3339 UTC. */
      asOf: string;
      /**
       * @description Upper bounds of the classes that answers are counted in by how long they took, milliseconds; the last class, of which
       *     there is no bound here, is what took longer.
       */
      latencyBoundsMs: number[];
      /**
       * Format: int64
       * @description Seconds of a period.
       */
      periodSeconds: number;
      /** @description All periods, oldest first; the first one begins with the window, and the last one is not over. */
      periods: components["schemas"]["CachePeriod"][];
      /** @description When the first period begins, RFC 3339 UTC. */
      since: string;
    };
    /** @description Where an answer came from. Of this answer only; everything else in a [`Run`] is the same for everyone. */
    CacheInfo: {
      /**
       * Format: int64
       * @description Age of the result, seconds.
       */
      ageSeconds: number;
      /** @description Whether the result existed before it was asked for. */
      hit: boolean;
      /**
       * Format: double
       * @description From the request's arrival to the answer, milliseconds.
       */
      latencyMs: number;
      /** @description The tier that held it. */
      tier: components["schemas"]["Tier"];
      /** @description Present and true when this process cannot confirm that the result was not invalidated. */
      unconfirmed?: boolean | null;
    };
    /**
     * @description Requests, and how they were answered. A request is for a run or a matrix, by whatever page or call; one that was
     *     refused, or failed for want of a store, is none.
     */
    CacheOverview: {
      /** @description Mean time to an answer, milliseconds, by where it came from. */
      avgLatencyMs: components["schemas"]["AverageLatencies"];
      /**
       * Format: int64
       * @description Found in a tier.
       */
      cacheHits: number;
      /**
       * Format: int64
       * @description The others: computed, waited for with others, or gone.
       */
      cacheMisses: number;
      /**
       * Format: double
       * @description Share of hits, 0–1; null where nothing was asked.
       */
      hitRate?: number | null;
      /** @description Requests for what had been made before and was made again. */
      madeAgain: components["schemas"]["MadeAgain"];
      /**
       * Format: double
       * @description Of requests for runs that had been made before, or were just being made, the share that was answered without
       *     computing them again, 0–1; null where there were none. Operators expect more than 0.8. A run that was asked for by
       *     its key and is gone counts as neither.
       */
      repeatHitRate?: number | null;
      /**
       * Format: int64
       * @description All of them.
       */
      totalRequests: number;
    };
    /** @description How long answers took. */
    CachePerformance: {
      /**
       * Format: double
       * @description Half of the answers took at most this long, milliseconds, to within one part in a hundred; null of none.
       */
      p50LatencyMs?: number | null;
      /**
       * Format: double
       * @description 95 of 100.
       */
      p95LatencyMs?: number | null;
      /**
       * Format: double
       * @description 99 of 100.
       */
      p99LatencyMs?: number | null;
      /** @description The ten slowest answers; of each hour the ten slowest of each process are remembered. */
      slowestQueries: components["schemas"]["SlowQuery"][];
    };
    /** @description What was asked of the cache in a period. */
    CachePeriod: {
      /** @description Made for whoever asked, or not there. */
      computed: components["schemas"]["TierPeriod"];
      /** @description Answered from the durable store. */
      durable: components["schemas"]["TierPeriod"];
      /**
       * Format: int64
       * @description Those that found what they asked for.
       */
      hits: number;
      /** @description Answered from the memory of the process that was asked. */
      memory: components["schemas"]["TierPeriod"];
      /** @description Answered from Redis. */
      redis: components["schemas"]["TierPeriod"];
      /**
       * Format: int64
       * @description Requests.
       */
      requests: number;
      /** @description When it begins, RFC 3339 UTC. */
      startsAt: string;
    };
    /** @description What is asked of the cache and what it holds, in all processes. */
    CacheStats: {
      /** @description When it was read, RFC 3339 UTC. */
      asOf: string;
      /** @description The 100 funds asked for most, in whole hours that touch the window. */
      byFund: components["schemas"]["FundRequests"][];
      /** @description Requests in the window, by what was asked for: `run`, `matrix`. */
      byKind: {
        [key: string]: components["schemas"]["RequestCounts"];
      };
      /** @description Computations now; failed ones of the last 24 hours. */
      jobs: components["schemas"]["JobCounts"];
      /**
       * @description Processes that are there and did not report in time: what they counted since their last report, which is ten seconds
       *     old where nothing is wrong with them, is missing.
       */
      missing: string[];
      /** @description Of all requests in the window. */
      overview: components["schemas"]["CacheOverview"];
      /** @description How long answers took in the window. */
      performance: components["schemas"]["CachePerformance"];
      /** @description What was asked lately, whatever the window. */
      recentActivity: components["schemas"]["RecentActivity"];
      /** @description When they begin, RFC 3339 UTC: a whole minute, or for more than 24 hours a whole hour. */
      since: string;
      /** @description What each tier holds now. */
      storage: components["schemas"]["CacheStorage"];
      /**
       * Format: int32
       * @description How many hours back the counts go that say nothing else.
       */
      windowHours: number;
    };
    /** @description What each tier holds, counted within the last minute; null where that cannot be told, with a reason in `unavailable`. */
    CacheStorage: {
      durable?: components["schemas"]["TierStorage"] | null;
      /**
       * @description What went from the durable store within the window, to make room or because nobody used it for long. What that
       *     cost is in `overview.madeAgain`.
       */
      evicted: components["schemas"]["EvictionCounts"];
      memory?: components["schemas"]["TierStorage"] | null;
      postgres?: components["schemas"]["TierStorage"] | null;
      redis?: components["schemas"]["TierStorage"] | null;
      /** @description Why a tier has no figures. */
      unavailable: components["schemas"]["UnavailableTier"][];
    };
    /** @description How much may be asked. An absent limit is none. */
    CallerLimits: {
      /**
       * Format: int64
       * @description Deal draws (scenarios × deals) a minute, of runs that must be computed and rows that must be made again.
       */
      dealDrawsPerMinute?: number | null;
      /**
       * Format: int64
       * @description Deal draws of one run.
       */
      maxDealDraws: number;
      /**
       * Format: int64
       * @description Requests a minute.
       */
      requestsPerMinute?: number | null;
    };
    /** @description A computation: what the jobs of all who asked for the same run are attached to. */
    Computation: {
      /**
       * Format: int32
       * @description Attempts begun.
       */
      attempts: number;
      /** @description UUIDv7. */
      computationId: string;
      /** @description When it was taken on, RFC 3339 UTC. */
      createdAt: string;
      /** @description When it ended, RFC 3339 UTC; null where it has not. */
      endedAt?: string | null;
      /** @description Why it failed, or its last attempt did; by whom it was cancelled, where an operator did it. */
      error?: string | null;
      /** @description The fund. */
      fundId: string;
      /** @description What happened to it, oldest first; of a long log its end. */
      log: components["schemas"]["ComputationEvent"][];
      /** @description Key of the matrix. */
      matrixKey: components["schemas"]["MatrixKey"];
      /**
       * Format: int64
       * @description How many jobs are attached to it, or were.
       */
      numJobs: number;
      /**
       * Format: double
       * @description 0–100.
       */
      percent: number;
      /** @description Who goes first: `interactive`, `high`, `low`. */
      priority: string;
      result?: components["schemas"]["JobResult"] | null;
      /** @description The run it makes. */
      runKey: components["schemas"]["RunKey"];
      /** @description Its state. */
      state: components["schemas"]["JobState"];
      /** @description What is being done, in words. */
      step: string;
      /** @description Whose jobs are attached to it, or were. */
      tenants: string[];
    };
    /** @description Something that happened to a computation. */
    ComputationEvent: {
      /** @description What. */
      message: string;
      /** @description When, RFC 3339 UTC. */
      timestamp: string;
    };
    /**
     * @description Whose configuration a run used.
     * @enum {string}
     */
    ConfigurationSource: "request" | "stored" | "default";
    /** @description What there is of something. */
    Contents: {
      /**
       * Format: int64
       * @description Bytes of their records and rows.
       */
      bytes: number;
      /**
       * Format: int64
       * @description Matrices.
       */
      matrices: number;
      /**
       * Format: int64
       * @description Runs.
       */
      runs: number;
      /**
       * Format: int64
       * @description Computations that are under way, and would begin anew.
       */
      underWay: number;
    };
    /** @description Square matrices over the buckets in canonical order and, last, `fund.gross`. */
    Correlation: {
      /** @description Of values. */
      pearson: (number | null)[][];
      /** @description Of average ranks. */
      spearman: (number | null)[][];
    };
    /** @description Shares of the variance of a deal's normal score; they sum to 1. */
    CorrelationWeightsConfiguration: {
      /**
       * Format: double
       * @description The deal's own.
       */
      idiosyncratic: number;
      /**
       * Format: double
       * @description Common to all deals.
       */
      macro: number;
      /**
       * Format: double
       * @description Common to the deals of a bucket.
       */
      systematic: number;
    };
    /** @description What a key was used for on a day. */
    DayOfUse: {
      /** @description The day, UTC, as `2026-03-01`. */
      day: string;
      /**
       * Format: int64
       * @description Deal draws charged.
       */
      dealDraws: number;
      /**
       * Format: int64
       * @description Requests that a limit refused.
       */
      refused: number;
      /**
       * Format: int64
       * @description Requests answered.
       */
      requests: number;
    };
    /** @description Mean and quantiles of the deployed multiple D. */
    Deployed: {
      /**
       * Format: double
       * @description Mean.
       */
      mean: number;
      /** @description Quantiles. */
      quantiles: components["schemas"]["Quantiles_f64"];
    };
    /** @description BLAKE3 of content: a block's rows, a matrix, a summary. */
    Digest: string;
    /** @description One distribution of multiples. */
    Distribution: {
      /** @description How sure each figure is. */
      errors: components["schemas"]["DistributionErrors"];
      /** @description Counts. */
      histogram: components["schemas"]["Histogram"];
      /**
       * Format: double
       * @description Largest.
       */
      max: number;
      /**
       * Format: double
       * @description Sample mean.
       */
      mean: number;
      /**
       * Format: double
       * @description Smallest.
       */
      min: number;
      /** @description Shares of rows. */
      probabilities: components["schemas"]["Probabilities_f64"];
      /** @description Quantiles. */
      quantiles: components["schemas"]["Quantiles_f64"];
      /** @description Why a figure is null, by its path (`stdDev`, `errors.mean` …). */
      reasons?: {
        [key: string]: string;
      };
      /**
       * Format: double
       * @description Sample standard deviation (n − 1); null for a single row.
       */
      stdDev?: number | null;
      /**
       * Format: double
       * @description Share of the sum from the top ⌈S/100⌉ rows; null where the sum is 0.
       */
      top1Share?: number | null;
      /**
       * Format: double
       * @description Mean of the worst 5 % (tail mass S/20 exactly).
       */
      worst5Mean: number;
    };
    /** @description How sure each figure is. Standard errors are one standard deviation; intervals are 95 %. */
    DistributionErrors: {
      /**
       * Format: double
       * @description Null: a sample's extremes have no standard error.
       */
      max?: number | null;
      /**
       * Format: double
       * @description Standard error of the mean.
       */
      mean?: number | null;
      /** @description How it was found. */
      meanMethod: components["schemas"]["MeanErrorMethod"];
      /**
       * Format: double
       * @description Null: a sample's extremes have no standard error.
       */
      min?: number | null;
      /** @description Wilson intervals. */
      probabilities: components["schemas"]["Probabilities_Interval"];
      /** @description Binomial order-statistic intervals; null where the sample is too small to hold one. */
      quantiles: components["schemas"]["Quantiles_Option_Interval"];
      /**
       * Format: double
       * @description Standard error of the standard deviation (delta method); null where the fourth moment is infinite.
       */
      stdDev?: number | null;
      /**
       * Format: double
       * @description Standard error of the top-1 % share (influence function); null where the variance is infinite.
       */
      top1Share?: number | null;
      /**
       * Format: double
       * @description Standard error of the worst-5 % mean (influence function).
       */
      worst5Mean?: number | null;
    };
    /** @description One thing that is wrong, and where. */
    Error: {
      /** @description What kind of thing is wrong. */
      code: components["schemas"]["ErrorCode"];
      /** @description For people: what was seen, what is allowed, what to do. */
      message: string;
      /** @description Where, in the words of the input: `buckets[2].moicCalibration.p90`; empty for the whole. */
      path: string;
    };
    /** @description `{"error": …}`: what every failed call answers. */
    ErrorBody: {
      /** @description What went wrong. */
      error: components["schemas"]["Problem"];
    };
    /**
     * @description What kind of thing is wrong, stable for programs.
     * @enum {string}
     */
    ErrorCode: "syntax" | "missing" | "unknown" | "duplicate" | "type" | "range" | "conflict" | "too-large" | "corrupt";
    /** @description How often something was evicted. */
    EvictionCounts: {
      /**
       * Format: int64
       * @description Runs and matrices, with what was kept of their rows.
       */
      entries: number;
      /**
       * Format: int64
       * @description Rows of matrices that stayed.
       */
      rows: number;
    };
    /** @description What dropping results would remove. */
    ForeseenInvalidation: {
      /** @description True. */
      dryRun: boolean;
      /** @description What would go from the durable store, and from faster tiers whatever they have of it. */
      wouldInvalidate: components["schemas"]["Contents"];
    };
    /** @description What warming would make. Limits and the room in the queue are not looked at. */
    ForeseenWarming: {
      /**
       * Format: int64
       * @description How many are there.
       */
      alreadyCached: number;
      /**
       * Format: int64
       * @description How many are being made already.
       */
      alreadyUnderWay: number;
      /** @description True. */
      dryRun: boolean;
      /** @description What that would take. */
      estimated: components["schemas"]["WarmEstimate"];
      /** @description Those that cannot be made, and why. */
      rejected: components["schemas"]["RejectedConfiguration"][];
      /**
       * Format: int64
       * @description How many would be made.
       */
      wouldSchedule: number;
    };
    /** @description A fund's stored configuration. */
    Fund: {
      /** @description Its canonical configuration, complete (a JSON object). */
      configuration: unknown;
      /** @description When it was first stored, RFC 3339 UTC. */
      createdAt: string;
      /** @description The fund. */
      fundId: string;
      fundSize?: components["schemas"]["FundSize"] | null;
      /** @description Key of its matrix. */
      matrixKey: components["schemas"]["MatrixKey"];
      /** @description Key of the run this configuration asks for. */
      runKey: components["schemas"]["RunKey"];
      /** @description When it was last stored, RFC 3339 UTC. */
      updatedAt: string;
    };
    /** @description A fund to store. */
    FundBody: {
      /** @description Its configuration. */
      configuration: components["schemas"]["FundConfiguration"];
      fundSize?: components["schemas"]["FundSize"] | null;
    };
    /**
     * @description A configuration of the scenario model as a fund keeps it.
     * @example {
     *       "buckets": [
     *         {
     *           "capitalAllocation": 45,
     *           "deals": 25,
     *           "lossProbability": 0.4,
     *           "maxMoic": 200,
     *           "name": "Seed",
     *           "outcomeTable": {
     *             "bands": [
     *               {
     *                 "share": 0.66,
     *                 "to": 1
     *               },
     *               {
     *                 "share": 0.22,
     *                 "to": 5
     *               },
     *               {
     *                 "share": 0.065,
     *                 "to": 10
     *               },
     *               {
     *                 "share": 0.03,
     *                 "to": 20
     *               },
     *               {
     *                 "share": 0.017,
     *                 "to": 50
     *               }
     *             ],
     *             "tailExponent": 1.44
     *           }
     *         },
     *         {
     *           "capitalAllocation": 35,
     *           "deals": 12,
     *           "lossProbability": 0.3,
     *           "maxMoic": 100,
     *           "name": "Series A",
     *           "outcomeTable": {
     *             "bands": [
     *               {
     *                 "share": 0.58,
     *                 "to": 1
     *               },
     *               {
     *                 "share": 0.29,
     *                 "to": 5
     *               },
     *               {
     *                 "share": 0.08,
     *                 "to": 10
     *               },
     *               {
     *                 "share": 0.033,
     *                 "to": 20
     *               },
     *               {
     *                 "share": 0.0135,
     *                 "to": 50
     *               }
     *             ],
     *             "tailExponent": 1.44
     *           }
     *         },
     *         {
     *           "capitalAllocation": 20,
     *           "deals": 8,
     *           "lossProbability": 0.2,
     *           "maxMoic": 60,
     *           "name": "Series B",
     *           "outcomeTable": {
     *             "bands": [
     *               {
     *                 "share": 0.45,
     *                 "to": 1
     *               },
     *               {
     *                 "share": 0.42,
     *                 "to": 5
     *               },
     *               {
     *                 "share": 0.09,
     *                 "to": 10
     *               },
     *               {
     *                 "share": 0.03,
     *                 "to": 20
     *               },
     *               {
     *                 "share": 0.0085,
     *                 "to": 50
     *               }
     *             ],
     *             "tailExponent": 1.44
     *           }
     *         }
     *       ],
     *       "correlationWeights": {
     *         "idiosyncratic": 0.85,
     *         "macro": 0.1,
     *         "systematic": 0.05
     *       },
     *       "fundId": "default",
     *       "numScenarios": 10000,
     *       "recycling": {
     *         "avgHoldingPeriod": 5,
     *         "enabled": true,
     *         "fundLifetime": 10,
     *         "maxRecycledShare": 0.25,
     *         "mode": "same-bucket",
     *         "reinvestmentRate": 0.1
     *       },
     *       "seed": "0",
     *       "taxonomyVersion": "v1.2"
     *     }
     */
    FundConfiguration: components["schemas"]["ModelConfiguration"] & {
      /** @description The fund: may be left out, since the address names it, and must else be the same. */
      fundId?: components["schemas"]["TextOrInteger"];
    };
    /** @description Requests for what belongs to a fund. */
    FundRequests: components["schemas"]["RequestCounts"] & {
      /** @description The fund. */
      fundId: string;
      /** @description Whose fund. */
      tenant: string;
    };
    /** @description Money that turns a fund's multiples into amounts; it changes no multiple and no key. */
    FundSize: {
      /**
       * Format: double
       * @description Invested capital in whole units of the currency, above 0 and at most 10¹⁵.
       */
      amount: number;
      /** @description ISO 4217 code, three capital letters. */
      currency: string;
    };
    /** @description The fund. */
    FundSummary: {
      /** @description Each bucket's share of the mean of `gross`, in canonical order; null where the mean is 0. */
      contributionToMean: (number | null)[];
      /** @description Each bucket's covariance share of the variance of `gross`; null where it is 0 or undefined. */
      contributionToVariance: (number | null)[];
      /** @description Correlations over buckets and `fund.gross` (last). */
      correlation: components["schemas"]["Correlation"];
      /** @description Before recycling: buckets weighted by capital allocation over its sum. */
      gross: components["schemas"]["Distribution"];
      /** @description Why a figure above is null, by its name. */
      reasons?: {
        [key: string]: string;
      };
      /** @description With recycling; equal to `gross` where recycling is off. */
      recycled: components["schemas"]["Distribution"];
    };
    /** @description What making the rows took: rows and digests only. */
    Generation: {
      /**
       * Format: int64
       * @description Deal draws: scenarios × deals.
       */
      dealDraws: number;
      /**
       * Format: double
       * @description Deal draws per second.
       */
      drawsPerSecond: number;
      /**
       * Format: double
       * @description Wall time, milliseconds.
       */
      durationMs: number;
      /**
       * Format: int32
       * @description Threads used.
       */
      threads: number;
    };
    /** @description How the installation is. */
    Health: {
      /**
       * Format: int64
       * @description Damaged records and chunks found in the durable store and in Redis since the start; each is made or fetched again
       *     when it is asked for.
       */
      numDamaged: number;
      /** @description Whether new runs can be taken on. */
      ready: boolean;
      /** @description Each part. */
      tiers: components["schemas"]["TierHealth"][];
    };
    /** @description Counts of rows; bin i is `[edges[i], edges[i + 1])`, the last one is open above. */
    Histogram: {
      /** @description 130 counts. */
      counts: number[];
      /** @description 0, then 2^(k/8) for k = −48 … 80: 130 edges. */
      edges: number[];
    };
    /** @description What an invalidation removed. */
    Invalidated: {
      /** @description Its line in the log of changes. */
      auditLog: components["schemas"]["LoggedLine"];
      /**
       * Format: double
       * @description Milliseconds from the request until every process had forgotten them, or its lease had run out.
       */
      duration: number;
      /** @description How many results were really removed, by tier. */
      invalidated: components["schemas"]["InvalidatedCounts"];
      /**
       * @description Processes that have not acknowledged it: what they answer from memory they mark as unconfirmed, and they are not
       *     ready, until they have.
       */
      unacknowledged: string[];
    };
    /** @description How many results were removed, by tier. */
    InvalidatedCounts: {
      /**
       * Format: int64
       * @description In the durable store.
       */
      durable: number;
      /**
       * Format: int64
       * @description In the memory of all processes that have acknowledged.
       */
      memory: number;
      /**
       * Format: int64
       * @description The same as `durable`.
       */
      postgres: number;
      /**
       * Format: int64
       * @description In Redis; null where there is none, or it does not answer and will be told later.
       */
      redis?: number | null;
    };
    /** @description What dropping results did, or with `dryRun` would do. */
    Invalidation: components["schemas"]["Invalidated"] | components["schemas"]["ForeseenInvalidation"];
    /** @description Results to be dropped. */
    InvalidationBody: {
      /**
       * @description True: nothing is dropped, and the answer is what would be.
       * @default false
       */
      dryRun?: boolean | null;
      /**
       * @description With scope `fund`: the fund.
       * @example fund-1
       */
      fundId?: string | null;
      kind?: components["schemas"]["ArtifactKind"] | null;
      /** @description With scope `matrix`: the matrix. */
      matrixKey?: string | null;
      /** @description Why; kept in the log. */
      reason?: string | null;
      /** @description Which: `all` of them, a `fund`'s, a `matrix` with its runs, or all of a `kind`. */
      scope: components["schemas"]["InvalidationScope"];
    };
    /**
     * @description How much is dropped.
     * @enum {string}
     */
    InvalidationScope: "all" | "fund" | "matrix" | "kind";
    /** @description A job: one request of one tenant, attached to the computation of its key. */
    Job: {
      /**
       * Format: int32
       * @description Attempts begun.
       */
      attempts: number;
      cache?: components["schemas"]["CacheInfo"] | null;
      error?: components["schemas"]["Problem"] | null;
      /** @description UUIDv7. */
      jobId: string;
      /** @description Where related things are. */
      links: components["schemas"]["JobLinks"];
      /** @description Key of the matrix. */
      matrixKey: components["schemas"]["MatrixKey"];
      /**
       * Format: double
       * @description 0–100.
       */
      percent: number;
      result?: components["schemas"]["JobResult"] | null;
      /** @description What it computes. */
      runKey: components["schemas"]["RunKey"];
      /** @description Its state. */
      state: components["schemas"]["JobState"];
      /** @description What is being done, in words. */
      step: string;
    };
    /** @description Computations. */
    JobCounts: {
      /**
       * Format: int64
       * @description Being made.
       */
      active: number;
      /**
       * Format: int64
       * @description Given up within the last 24 hours.
       */
      failed: number;
      /**
       * Format: int64
       * @description Not begun, or to be tried again.
       */
      waiting: number;
    };
    /** @description Where a job's related things are. */
    JobLinks: {
      /** @description Its events. */
      events: string;
      /** @description The run; answers 404 until the job is complete. */
      run: string;
      /** @description This job. */
      self: string;
    };
    /**
     * @description Whether the rows a run is made from were there.
     * @enum {string}
     */
    JobOutcome: "HIT" | "MISS";
    /** @description What making a run took, as the log of whoever made it has it. */
    JobResult: {
      /**
       * Format: int64
       * @description Deal draws behind the rows, read or made; left out by earlier versions.
       */
      dealDraws?: number | null;
      /**
       * Format: double
       * @description Reading the rows, or making them, milliseconds.
       */
      matrixMs: number;
      /** @description Whether the rows of its matrix were there. */
      outcome: components["schemas"]["JobOutcome"];
      /**
       * Format: int64
       * @description Bytes of the rows, as numbers of four bytes.
       */
      rowBytes: number;
      /** @description Where they were found; `computed` where they were made. */
      tier: components["schemas"]["Tier"];
      /**
       * Format: double
       * @description From the claim until there was a result to store, milliseconds.
       */
      totalMs: number;
    };
    /**
     * @description The state of a job.
     * @enum {string}
     */
    JobState: "waiting" | "active" | "complete" | "failed" | "cancelled";
    /** @description A key to be made. */
    KeyBody: {
      /**
       * Format: int32
       * @description How long it works, days; left out for a key without end.
       */
      expiresInDays?: number | null;
      /**
       * @description Its name; never used again.
       * @example ann-laptop
       */
      name: string;
      /** @default analyst */
      role?: components["schemas"]["Role"] | null;
      /**
       * @description For whom it speaks.
       * @default default
       */
      tenant?: string | null;
    };
    /** @description A line in the log of changes. */
    LoggedLine: {
      /** @description Its id. */
      id: string;
      /** @description Why, where a reason was given. */
      reason?: string | null;
      /** @description When, RFC 3339 UTC. */
      timestamp: string;
      /** @description Name of the key; `this machine` or `this network` where there was none. */
      user: string;
    };
    /** @description Requests for what had been made before and was made again, by why it was not there. */
    MadeAgain: {
      /**
       * Format: int64
       * @description It was damaged, or somebody else's.
       */
      damaged: number;
      /**
       * Format: int64
       * @description There was no room for it, or another version of the program had made it.
       */
      evicted: number;
      /**
       * Format: int64
       * @description It was dropped on purpose.
       */
      invalidated: number;
      /**
       * Format: int64
       * @description Rows that are cheaper to make than to keep.
       */
      rowsNotKept: number;
    };
    /** @description What a matrix is, without its rows. */
    Matrix: {
      /** @description When this caller last asked for a run of it, RFC 3339 UTC. */
      askedAt: string;
      /**
       * Format: int32
       * @description Rows of a block; the last block may have fewer.
       */
      blockRows: number;
      /** @description Columns, in canonical order. */
      bucketNames: string[];
      /** @description The keyed part of the configuration (a JSON object). */
      configuration: unknown;
      /** @description When it was made, RFC 3339 UTC. */
      createdAt: string;
      /** @description Content digest. */
      digest: components["schemas"]["Digest"];
      /** @description What making it took. */
      generation: components["schemas"]["Generation"];
      /**
       * Format: int32
       * @description Version of the kernel.
       */
      kernel: number;
      /** @description Where related things are. */
      links: components["schemas"]["MatrixLinks"];
      /** @description Key of the matrix. */
      matrixKey: components["schemas"]["MatrixKey"];
      /**
       * Format: int32
       * @description Version of the scenario model.
       */
      modelVersion: number;
      /**
       * Format: int32
       * @description Blocks.
       */
      numBlocks: number;
      /**
       * Format: int32
       * @description Rows.
       */
      numScenarios: number;
      /** @description Whether rows can be asked for (at most 10,000,000 scenarios). */
      rowsKept: boolean;
      /**
       * Format: int64
       * @description Bytes of the rows as f32.
       */
      sizeBytes: number;
    };
    /** @description What changes the matrix, hashed: two configurations with the same key have the same rows. */
    MatrixKey: string;
    /** @description Where a matrix's related things are. */
    MatrixLinks: {
      /** @description Its block digests. */
      blocks: string;
      /** @description Its rows; absent where no rows are kept. */
      data?: string | null;
      /** @description This matrix. */
      self: string;
    };
    /**
     * @description How the standard error of the mean was found.
     * @enum {string}
     */
    MeanErrorMethod: "standardDeviation" | "batchMeans";
    /** @description What is simulated. */
    ModelConfiguration: {
      /** @description Allocation buckets; names unique, allocations sum to 100 ± 0.01. */
      buckets: components["schemas"]["BucketConfiguration"][];
      /** @description How deals move together. */
      correlationWeights?: components["schemas"]["CorrelationWeightsConfiguration"];
      /**
       * Format: int32
       * @description Rows.
       * @default 10000
       */
      numScenarios?: number;
      /** @description Reinvested proceeds. */
      recycling?: components["schemas"]["RecyclingConfiguration"];
      /** @description Selects the random streams: 1–256 characters, or an integer. */
      seed?: components["schemas"]["TextOrInteger"];
      /**
       * @description Name space of the bucket vocabulary.
       * @default v1.2
       */
      taxonomyVersion?: string;
    };
    /** @description A power law through two quantiles, `median` ≤ `p90`. */
    MoicCalibration: {
      /**
       * Format: double
       * @description Median multiple.
       */
      median: number;
      /**
       * Format: double
       * @description 90 % quantile of the multiple.
       */
      p90: number;
    };
    /** @description A key that was just made. */
    NewAccessKey: {
      /** @description What is known of it. */
      key: components["schemas"]["AccessKey"];
      /** @description Its text, to be sent as `Authorization: Bearer …`. It is not kept: this is the only time it is told. */
      secret: string;
    };
    /** @description One band of an outcome table. */
    OutcomeBand: {
      /**
       * Format: double
       * @description Share of deals in the band.
       */
      share: number;
      /**
       * Format: double
       * @description Upper edge, a multiple.
       */
      to: number;
    };
    /** @description Shares of deals up to rising multiples, then a power-law tail for the rest. */
    OutcomeTable: {
      /** @description Bands, `to` rising; shares sum to 0.5–0.999999. */
      bands: components["schemas"]["OutcomeBand"][];
      /**
       * Format: double
       * @description Exponent of the tail above the last band.
       */
      tailExponent: number;
    };
    /** @description One page of a list, newest first. */
    Page_AccessKey: {
      /** @description The lines. */
      items: {
        /** @description When it was made, RFC 3339 UTC. */
        createdAt: string;
        /** @description By whom it was made: a key's name, or `command line`. */
        createdBy: string;
        /** @description When it stops working; absent where it does not. */
        expiresAt?: string | null;
        /** @description When it was last used, some seconds late; absent where it never was. */
        lastUsedAt?: string | null;
        /** @description Its name, unique for ever. */
        name: string;
        /** @description When it was revoked; absent where it was not. */
        revokedAt?: string | null;
        /** @description What it may do. */
        role: components["schemas"]["Role"];
        /** @description Whose funds, runs and jobs it opens. */
        tenant: string;
        /** @description Whether it works now. */
        usable: boolean;
      }[];
      /** @description Opaque; ask for the next page with it. Absent on the last page. */
      nextCursor?: string | null;
    };
    /** @description One page of a list, newest first. */
    Page_AuditLine: {
      /** @description The lines. */
      items: {
        /**
         * @description What was done: `run.make`, `run.share`, `job.detach`, `fund.put`, `fund.delete`, `key.create`, `key.revoke`,
         *     `session.open`, `session.close`, `cache.invalidate`, `cache.warm`, `computation.cancel`, `computation.retry`.
         */
        action: string;
        /** @description Its id. */
        id: string;
        /** @description Why, where a reason was given. */
        reason?: string | null;
        /** @description In which request; empty outside of one. */
        requestId: string;
        /** @description To what. */
        subject: string;
        /** @description In which tenant. */
        tenant: string;
        /** @description When, RFC 3339 UTC. */
        timestamp: string;
        /** @description Name of the key; `command line`, `this machine` or `this network` where there was none. */
        user: string;
      }[];
      /** @description Opaque; ask for the next page with it. Absent on the last page. */
      nextCursor?: string | null;
    };
    /** @description One page of a list, newest first. */
    Page_BlockDigest: {
      /** @description The lines. */
      items: {
        /**
         * Format: int32
         * @description Index of the block, from 0.
         */
        block: number;
        /** @description BLAKE3 of its rows, row-major little-endian f32. */
        digest: components["schemas"]["Digest"];
        /**
         * Format: int32
         * @description First row, from 0.
         */
        firstRow: number;
        /**
         * Format: int32
         * @description Rows in it.
         */
        rows: number;
      }[];
      /** @description Opaque; ask for the next page with it. Absent on the last page. */
      nextCursor?: string | null;
    };
    /** @description One page of a list, newest first. */
    Page_Computation: {
      /** @description The lines. */
      items: {
        /**
         * Format: int32
         * @description Attempts begun.
         */
        attempts: number;
        /** @description UUIDv7. */
        computationId: string;
        /** @description When it was taken on, RFC 3339 UTC. */
        createdAt: string;
        /** @description When it ended, RFC 3339 UTC; null where it has not. */
        endedAt?: string | null;
        /** @description Why it failed, or its last attempt did; by whom it was cancelled, where an operator did it. */
        error?: string | null;
        /** @description The fund. */
        fundId: string;
        /** @description What happened to it, oldest first; of a long log its end. */
        log: components["schemas"]["ComputationEvent"][];
        /** @description Key of the matrix. */
        matrixKey: components["schemas"]["MatrixKey"];
        /**
         * Format: int64
         * @description How many jobs are attached to it, or were.
         */
        numJobs: number;
        /**
         * Format: double
         * @description 0–100.
         */
        percent: number;
        /** @description Who goes first: `interactive`, `high`, `low`. */
        priority: string;
        result?: components["schemas"]["JobResult"] | null;
        /** @description The run it makes. */
        runKey: components["schemas"]["RunKey"];
        /** @description Its state. */
        state: components["schemas"]["JobState"];
        /** @description What is being done, in words. */
        step: string;
        /** @description Whose jobs are attached to it, or were. */
        tenants: string[];
      }[];
      /** @description Opaque; ask for the next page with it. Absent on the last page. */
      nextCursor?: string | null;
    };
    /** @description One page of a list, newest first. */
    Page_Fund: {
      /** @description The lines. */
      items: {
        /** @description Its canonical configuration, complete (a JSON object). */
        configuration: unknown;
        /** @description When it was first stored, RFC 3339 UTC. */
        createdAt: string;
        /** @description The fund. */
        fundId: string;
        fundSize?: components["schemas"]["FundSize"] | null;
        /** @description Key of its matrix. */
        matrixKey: components["schemas"]["MatrixKey"];
        /** @description Key of the run this configuration asks for. */
        runKey: components["schemas"]["RunKey"];
        /** @description When it was last stored, RFC 3339 UTC. */
        updatedAt: string;
      }[];
      /** @description Opaque; ask for the next page with it. Absent on the last page. */
      nextCursor?: string | null;
    };
    /** @description One page of a list, newest first. */
    Page_RunListing: {
      /** @description The lines. */
      items: {
        /** @description When this caller last asked for it, RFC 3339 UTC. */
        askedAt: string;
        /** @description Buckets, in canonical order. */
        bucketNames: string[];
        /** @description Whose run. */
        fundId: string;
        /**
         * Format: double
         * @description Share of scenarios below 1.
         */
        lossProbability: number;
        /** @description Key of its matrix. */
        matrixKey: components["schemas"]["MatrixKey"];
        /**
         * Format: double
         * @description Fund mean with recycling.
         */
        mean: number;
        /**
         * Format: double
         * @description Fund median with recycling.
         */
        median: number;
        /**
         * Format: int32
         * @description Rows.
         */
        numScenarios: number;
        /** @description Key of the run. */
        runKey: components["schemas"]["RunKey"];
      }[];
      /** @description Opaque; ask for the next page with it. Absent on the last page. */
      nextCursor?: string | null;
    };
    /** @description One figure per reported probability. */
    Probabilities_Interval: {
      /** @description A 95 % interval. */
      ge10: {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
      /** @description A 95 % interval. */
      ge2: {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
      /** @description A 95 % interval. */
      ge3: {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
      /** @description A 95 % interval. */
      ge5: {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
      /** @description A 95 % interval. */
      lt1: {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
    };
    /** @description One figure per reported probability. */
    Probabilities_f64: {
      /** Format: double */
      ge10: number;
      /** Format: double */
      ge2: number;
      /** Format: double */
      ge3: number;
      /** Format: double */
      ge5: number;
      /** Format: double */
      lt1: number;
    };
    /** @description What went wrong. */
    Problem: {
      /** @description Stable for programs: `VALIDATION_ERROR`, `NOT_FOUND` … */
      code: string;
      /** @description All faults of the input, with their paths. */
      details?: components["schemas"]["Error"][];
      /** @description For people. */
      message: string;
      /** @description The request this answers. */
      requestId: string;
    };
    /**
     * @description How order statistics were found.
     * @enum {string}
     */
    QuantileMethod: "exact" | "counted";
    /** @description One figure per reported quantile. */
    Quantiles_Option_Interval: {
      p1: null | {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
      p10: null | {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
      p25: null | {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
      p5: null | {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
      p50: null | {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
      p75: null | {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
      p90: null | {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
      p95: null | {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
      p99: null | {
        /**
         * Format: double
         * @description Upper end.
         */
        high: number;
        /**
         * Format: double
         * @description Lower end.
         */
        low: number;
      };
    };
    /** @description One figure per reported quantile. */
    Quantiles_f64: {
      /** Format: double */
      p1: number;
      /** Format: double */
      p10: number;
      /** Format: double */
      p25: number;
      /** Format: double */
      p5: number;
      /** Format: double */
      p50: number;
      /** Format: double */
      p75: number;
      /** Format: double */
      p90: number;
      /** Format: double */
      p95: number;
      /** Format: double */
      p99: number;
    };
    /** @description What was asked lately. */
    RecentActivity: {
      /** @description In the last 24 hours, to the minute. */
      last24Hours: components["schemas"]["RequestCounts"];
      /** @description In the last 7 days, to the hour. */
      last7Days: components["schemas"]["RequestCounts"];
    };
    /** @description Reinvested proceeds. Enabled, it needs rate, period and lifetime; disabled, they are dropped. */
    RecyclingConfiguration: {
      /**
       * Format: double
       * @description Years a deal is held.
       */
      avgHoldingPeriod?: number;
      /** @description Whether proceeds are reinvested. */
      enabled: boolean;
      /**
       * Format: double
       * @description Years the fund lives.
       */
      fundLifetime?: number;
      /**
       * Format: double
       * @description Cap on what is reinvested, as a share of initial capital; null is none.
       * @default 0.25
       */
      maxRecycledShare?: number | null;
      /**
       * @description Where they go.
       * @default same-bucket
       */
      mode?: string;
      /**
       * Format: double
       * @description Share of proceeds reinvested.
       */
      reinvestmentRate?: number;
    };
    /** @description A configuration that cannot be made. */
    RejectedConfiguration: {
      /**
       * Format: int32
       * @description Its place among `configs`, from 0; null for a fund's own.
       */
      config?: number | null;
      /** @description What is wrong with it, or why it is not made now. */
      details: components["schemas"]["Error"][];
      /** @description The fund it was wanted for; null where the configuration could not be read. */
      fundId?: string | null;
      /**
       * Format: int64
       * @description When to ask again, where nothing is wrong with it but there is no room for it now.
       */
      retryAfterSeconds?: number | null;
    };
    /** @description Requests. */
    RequestCounts: {
      /**
       * Format: int64
       * @description Found in a tier.
       */
      hits: number;
      /**
       * Format: int64
       * @description The others.
       */
      misses: number;
      /**
       * Format: int64
       * @description All of them.
       */
      requests: number;
    };
    /**
     * @description What a caller may do; each role may do what the one before may.
     * @enum {string}
     */
    Role: "reader" | "analyst" | "operator";
    /** @description A finished run. */
    Run: {
      /** @description Columns, in canonical order. */
      bucketNames: string[];
      /** @description Where this answer came from. */
      cache: components["schemas"]["CacheInfo"];
      /** @description The canonical configuration, complete (a JSON object). */
      configuration: unknown;
      /** @description Whose configuration it was. */
      configurationSource: components["schemas"]["ConfigurationSource"];
      /** @description When it was made, RFC 3339 UTC. */
      createdAt: string;
      /** @description Content digest of the matrix. */
      digest: components["schemas"]["Digest"];
      /** @description What making it took. */
      generation: components["schemas"]["Generation"];
      /**
       * Format: int32
       * @description Version of the kernel.
       */
      kernel: number;
      /** @description Where related things are. */
      links: components["schemas"]["RunLinks"];
      /** @description Key of its matrix. */
      matrixKey: components["schemas"]["MatrixKey"];
      /**
       * Format: int32
       * @description Version of the scenario model.
       */
      modelVersion: number;
      /**
       * Format: int32
       * @description Rows.
       */
      numScenarios: number;
      /** @description Key of the run. */
      runKey: components["schemas"]["RunKey"];
      /** @description What it says. */
      summary: components["schemas"]["Summary"];
      /** @description Digest of the summary's canonical JSON. */
      summaryDigest: components["schemas"]["Digest"];
      /** @description What a reader should know. */
      warnings: components["schemas"]["Warning"][];
    };
    /** @description What changes the run, hashed: the matrix, the allocations, the recycling and the fund. */
    RunKey: string;
    /** @description Where a run's related things are. */
    RunLinks: {
      /** @description Its block digests. */
      blocks: string;
      /** @description Its rows. */
      data: string;
      /** @description Its matrix. */
      matrix: string;
      /** @description Its page. */
      page: string;
      /** @description This run. */
      self: string;
    };
    /** @description One line of a list of runs. */
    RunListing: {
      /** @description When this caller last asked for it, RFC 3339 UTC. */
      askedAt: string;
      /** @description Buckets, in canonical order. */
      bucketNames: string[];
      /** @description Whose run. */
      fundId: string;
      /**
       * Format: double
       * @description Share of scenarios below 1.
       */
      lossProbability: number;
      /** @description Key of its matrix. */
      matrixKey: components["schemas"]["MatrixKey"];
      /**
       * Format: double
       * @description Fund mean with recycling.
       */
      mean: number;
      /**
       * Format: double
       * @description Fund median with recycling.
       */
      median: number;
      /**
       * Format: int32
       * @description Rows.
       */
      numScenarios: number;
      /** @description Key of the run. */
      runKey: components["schemas"]["RunKey"];
    };
    /**
     * @description A configuration of the scenario model.
     * @example {
     *       "buckets": [
     *         {
     *           "capitalAllocation": 45,
     *           "deals": 25,
     *           "lossProbability": 0.4,
     *           "maxMoic": 200,
     *           "name": "Seed",
     *           "outcomeTable": {
     *             "bands": [
     *               {
     *                 "share": 0.66,
     *                 "to": 1
     *               },
     *               {
     *                 "share": 0.22,
     *                 "to": 5
     *               },
     *               {
     *                 "share": 0.065,
     *                 "to": 10
     *               },
     *               {
     *                 "share": 0.03,
     *                 "to": 20
     *               },
     *               {
     *                 "share": 0.017,
     *                 "to": 50
     *               }
     *             ],
     *             "tailExponent": 1.44
     *           }
     *         },
     *         {
     *           "capitalAllocation": 35,
     *           "deals": 12,
     *           "lossProbability": 0.3,
     *           "maxMoic": 100,
     *           "name": "Series A",
     *           "outcomeTable": {
     *             "bands": [
     *               {
     *                 "share": 0.58,
     *                 "to": 1
     *               },
     *               {
     *                 "share": 0.29,
     *                 "to": 5
     *               },
     *               {
     *                 "share": 0.08,
     *                 "to": 10
     *               },
     *               {
     *                 "share": 0.033,
     *                 "to": 20
     *               },
     *               {
     *                 "share": 0.0135,
     *                 "to": 50
     *               }
     *             ],
     *             "tailExponent": 1.44
     *           }
     *         },
     *         {
     *           "capitalAllocation": 20,
     *           "deals": 8,
     *           "lossProbability": 0.2,
     *           "maxMoic": 60,
     *           "name": "Series B",
     *           "outcomeTable": {
     *             "bands": [
     *               {
     *                 "share": 0.45,
     *                 "to": 1
     *               },
     *               {
     *                 "share": 0.42,
     *                 "to": 5
     *               },
     *               {
     *                 "share": 0.09,
     *                 "to": 10
     *               },
     *               {
     *                 "share": 0.03,
     *                 "to": 20
     *               },
     *               {
     *                 "share": 0.0085,
     *                 "to": 50
     *               }
     *             ],
     *             "tailExponent": 1.44
     *           }
     *         }
     *       ],
     *       "correlationWeights": {
     *         "idiosyncratic": 0.85,
     *         "macro": 0.1,
     *         "systematic": 0.05
     *       },
     *       "fundId": "default",
     *       "numScenarios": 10000,
     *       "recycling": {
     *         "avgHoldingPeriod": 5,
     *         "enabled": true,
     *         "fundLifetime": 10,
     *         "maxRecycledShare": 0.25,
     *         "mode": "same-bucket",
     *         "reinvestmentRate": 0.1
     *       },
     *       "seed": "0",
     *       "taxonomyVersion": "v1.2"
     *     }
     */
    ScenarioConfiguration: components["schemas"]["ModelConfiguration"] & {
      /** @description Whose run this is: 1–128 characters, or an integer. */
      fundId: components["schemas"]["TextOrInteger"];
    };
    /** @description A scenario configuration, or the short form. */
    SimulateBody: components["schemas"]["ScenarioConfiguration"] | components["schemas"]["StoredForm"];
    /** @description An answer that took long. */
    SlowQuery: {
      /** @description Key of what was asked for. */
      key: string;
      /** @description What was asked for: `run` or `matrix`. */
      kind: string;
      /**
       * Format: double
       * @description From the request to the answer, milliseconds.
       */
      latencyMs: number;
      matrixKey?: components["schemas"]["MatrixKey"] | null;
      /** @description Where the answer came from. */
      tier: components["schemas"]["Tier"];
      /** @description When it was answered, RFC 3339 UTC. */
      timestamp: string;
    };
    /** @description The short form: `buckets` absent. */
    StoredForm: {
      /** @description Whose configuration: text, or an integer. */
      fundId: components["schemas"]["TextOrInteger"];
      /**
       * Format: int32
       * @description Sets `numScenarios`.
       */
      runs?: number;
      /** @description Sets `seed`. */
      seed?: components["schemas"]["TextOrInteger"];
      /**
       * Format: double
       * @description Sets `recycling.fundLifetime`; refused where recycling is off.
       */
      timeHorizonYears?: number;
    };
    /** @description Statistics of a run, all as multiples of invested capital before fees and carry. */
    Summary: {
      /** @description Per bucket, in canonical order. */
      buckets: components["schemas"]["BucketSummary"][];
      /** @description The fund. */
      fund: components["schemas"]["FundSummary"];
      /**
       * Format: int32
       * @description Rows.
       */
      numScenarios: number;
      /** @description How order statistics were found. */
      quantileMethod: components["schemas"]["QuantileMethod"];
    };
    /** @description Text, or an integer that stands for its decimal text. */
    TextOrInteger: string | number;
    /**
     * @description Where a result is kept.
     * @enum {string}
     */
    Tier: "memory" | "redis" | "durable" | "computed" | "shared";
    /** @description How one part of the installation is. */
    TierHealth: {
      /** @description Whether it does its work. */
      ready: boolean;
      /** @description Why not. */
      reason?: string | null;
      /**
       * @description `memory`, `redis` (where one is set), `durable`, `workers`, `queue` (where there is one), `members` (where processes share the store: whether this
       *     one hears what others drop).
       */
      tier: string;
    };
    /** @description Requests in a period that were answered from one place. */
    TierPeriod: {
      /**
       * @description Answers by how long they took, a number for each class, each bound to within one part in a hundred; empty where
       *     there were none.
       */
      latencies: number[];
      /**
       * Format: double
       * @description Half of the answers took at most this long, milliseconds, to within one part in a hundred; null of none.
       */
      p50LatencyMs?: number | null;
      /**
       * Format: double
       * @description 95 of 100.
       */
      p95LatencyMs?: number | null;
      /**
       * Format: int64
       * @description Requests.
       */
      requests: number;
    };
    /** @description What a tier holds. An entry is a run or a matrix, with what is kept of its rows. */
    TierStorage: {
      /**
       * Format: int64
       * @description Bytes of one, rounded down; null of none.
       */
      avgEntrySizeBytes?: number | null;
      /**
       * Format: int64
       * @description Entries.
       */
      entriesCount: number;
      /**
       * Format: int64
       * @description Bytes there may be at most; null where nothing bounds them, or the tier does not say.
       */
      limitBytes?: number | null;
      /**
       * Format: int64
       * @description Their bytes, as they are kept.
       */
      totalSizeBytes: number;
    };
    /** @description A tier without figures. */
    UnavailableTier: {
      /** @description Why. */
      reason: string;
      /** @description Which. */
      tier: components["schemas"]["Tier"];
    };
    /** @description Runs to be there before anybody asks for them. */
    WarmBody: {
      /** @description Scenario configurations, whose `fundId` may be left out. */
      configs?: Record<string, never>[] | null;
      /**
       * @description True: nothing is made, and the answer is what would be.
       * @default false
       */
      dryRun?: boolean | null;
      /** @description Funds: each configuration that names none is made for all of them; without configurations their own are made. */
      fundIds?: components["schemas"]["TextOrInteger"][] | null;
      /** @default low */
      priority?: components["schemas"]["WarmPriority"] | null;
      /** @description Why; kept in the log. */
      reason?: string | null;
      /**
       * @description `taxonomyVersion` of configurations that have none.
       * @example v1.2
       */
      taxonomyVersion?: string | null;
    };
    /** @description What making runs takes, by what the latest ones took; null where there were none. */
    WarmEstimate: {
      /**
       * @description When the last of them will be there, behind what goes first, RFC 3339 UTC; null where nothing is scheduled or
       *     nobody computes.
       */
      completionTime?: string | null;
      /**
       * Format: double
       * @description Of the scheduled runs together, one after the other, milliseconds.
       */
      totalDurationMs?: number | null;
    };
    /** @description A run that is made before anybody asks for it. */
    WarmJob: {
      /** @description Key of its matrix. */
      configHash: components["schemas"]["MatrixKey"];
      /** @description Whose configuration it is; `default` for a fund that has none of its own. */
      configurationSource: components["schemas"]["ConfigurationSource"];
      /** @description The fund. */
      fundId: string;
      /** @description Its job. */
      jobId: string;
      /** @description Key of the run. */
      runKey: components["schemas"]["RunKey"];
      /** @description Whether it is new. */
      status: components["schemas"]["WarmJobStatus"];
    };
    /**
     * @description Whether a job's computation is new.
     * @enum {string}
     */
    WarmJobStatus: "scheduled" | "joined";
    /**
     * @description Who goes first.
     * @enum {string}
     */
    WarmPriority: "high" | "low";
    /** @description What becomes of runs that are to be there before anybody asks for them. */
    Warmed: {
      /**
       * Format: int64
       * @description How many are there.
       */
      alreadyCached: number;
      /**
       * Format: int64
       * @description How many are being made already.
       */
      alreadyUnderWay: number;
      /** @description Its line in the log of changes. */
      auditLog: components["schemas"]["LoggedLine"];
      /** @description What that takes. */
      estimated: components["schemas"]["WarmEstimate"];
      /** @description The jobs of those that are being made. */
      jobs: components["schemas"]["WarmJob"][];
      /** @description Those that cannot be made, and why; the others are made all the same. */
      rejected: components["schemas"]["RejectedConfiguration"][];
      /**
       * Format: int64
       * @description How many are made now.
       */
      scheduled: number;
    };
    /** @description What warming did, or with `dryRun` would do. */
    Warming: components["schemas"]["Warmed"] | components["schemas"]["ForeseenWarming"];
    /** @description One warning. */
    Warning: {
      /** @description What kind. */
      code: components["schemas"]["WarningCode"];
      /** @description The figures behind it, by name (`exponent`, `shareOfMean`, `shareOfRows` …). */
      figures: {
        [key: string]: number;
      };
      /** @description For people. */
      message: string;
      /** @description The setting it is about, with buckets in canonical order: `buckets[0].maxMoic`; empty for the whole run. */
      path: string;
    };
    /**
     * @description What kind of warning.
     * @enum {string}
     */
    WarningCode:
      | "INFINITE_VARIANCE"
      | "CAP_BINDS"
      | "WEIGHTS_UNUSUAL"
      | "RECYCLING_CAP_BINDS"
      | "LEVER_WITHOUT_EFFECT"
      | "DEFAULT_FUND"
      | "FEW_SCENARIOS";
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
