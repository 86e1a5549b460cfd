// Loaded before a block that starts a server: whatever port the block names, it listens on PORT of the loopback interface.
"use strict";

const { Server } = require("node:net");

const { listen } = Server.prototype;
Server.prototype.listen = function (...given) {
  const callback = given.findLast((argument) => typeof argument === "function");
  return listen.call(this, Number(process.env.PORT), "127.0.0.1", ...(callback ? [callback] : []));
};
