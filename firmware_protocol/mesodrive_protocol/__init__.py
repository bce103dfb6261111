"""The wire protocol of mesodrive devices: messages, codec, framing."""
