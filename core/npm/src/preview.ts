// The element <foliocast-preview>.
export {};
