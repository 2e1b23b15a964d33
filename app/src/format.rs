//! Numbers as people read them, the same on the server and in the browser.
