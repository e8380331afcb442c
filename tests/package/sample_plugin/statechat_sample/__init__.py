"""One of everything that a package can add to Statechat; it imports nothing but `engine`."""
