// Features of a text that a contract counts itself: its words by their hash. Source: the hashing trick; test/devnet/consumers/models.ts has the
// same in TypeScript, a test holds one against the other. Caveat: words that share a counter are one word to the model, and letters are those
// of ASCII: everything else separates words.
/// words of a text that are counted at most, so that no counter leaves its lane and no text costs more gas than there is
const MAX_WORDS: u32 = 63;
/// felts of a text, 31 letters each
const MAX_TEXT: u32 = 16;

/// Words by their hash modulo 16, as a packed tensor of 16 counters: words end at what is no letter, and capitals are small letters.
fn word_counts(text: Span<felt252>) -> Span<felt252> {
    assert(text.len() <= MAX_TEXT, 'ZK0768 text too long');
    let mut low: felt252 = 0;
    let mut high: felt252 = 0;
    let mut words: u32 = 0;
    let mut hash: u32 = 0;
    let mut text = text;
    loop {
        // a space after the last letter ends the last word
        let (part, is_end) = match text.pop_front() {
            Option::Some(felt) => (*felt, false),
            Option::None => (' ', true),
        };
        let mut letters: Array<u32> = array![];
        let mut rest: u256 = part.into();
        while rest != 0 {
            let (above, letter) = DivRem::div_rem(rest, 256_u256.try_into().unwrap());
            letters.append(letter.try_into().unwrap());
            rest = above;
        };
        let mut at = letters.len();
        while at != 0 {
            at -= 1;
            let letter = *letters.at(at);
            // capitals and small letters differ in one bit
            let small = if letter >= 65 && letter <= 90 {
                letter + 32
            } else {
                letter
            };
            if small >= 97 && small <= 122 {
                hash = (hash * 31 + small) % 65521;
            } else if hash != 0 {
                words += 1;
                assert(words <= MAX_WORDS, 'ZK0768 too many words');
                let mut lane: felt252 = 1;
                let mut i: u32 = 0;
                while i != hash % 8 {
                    lane *= 0x80000000;
                    i += 1;
                };
                if hash % 16 < 8 {
                    low += lane;
                } else {
                    high += lane;
                }
                hash = 0;
            }
        };
        if is_end {
            break;
        }
    };
    array![low, high].span()
}
