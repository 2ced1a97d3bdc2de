"""Servers, proxies and the browser that tests start on this machine, and the tests of them."""
