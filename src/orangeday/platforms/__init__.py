"""What each platform is, without any of its software. Everybody may ask it."""
